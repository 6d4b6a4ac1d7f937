"""The rooms of kds/static/js import only from rooms below them, and no modules import each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "kds" / "static" / "js"
BELOW = {
    "common": (),
    "kitchen/state": ("common",),
    "kitchen/input": ("kitchen/state", "common"),
    "kitchen/device": ("kitchen/input", "kitchen/state", "common"),
    "kitchen/view": ("kitchen/device", "kitchen/input", "kitchen/state", "common"),
    "kitchen": ("kitchen/view", "kitchen/device", "kitchen/input", "kitchen/state", "common"),
    "guests": ("common",),
    "pickup": ("common",),
    "manager": ("common",),
    "welcome": ("common",),
}
"""What each room may import from beside itself; a new one must be given its place."""
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def _room(file: Path) -> str:
    inside = file.relative_to(SCRIPTS).parts[:-1]
    return "/".join(inside[:2]) if "/".join(inside[:2]) in BELOW else inside[0]


def _imports(file: Path) -> Iterator[Path]:
    for path in IMPORT.findall(COMMENT.sub("", file.read_text(encoding="utf-8"))):
        yield (file.parent / path).resolve()


def test_every_import_leads_down() -> None:
    files = sorted(SCRIPTS.rglob("*.js"))
    arrows = [(file, target) for file in files for target in _imports(file)]
    assert len(arrows) > len(files)
    up = [
        f"{file.relative_to(SCRIPTS)} -> {target.relative_to(SCRIPTS)}"
        for file, target in arrows
        if _room(target) not in {_room(file), *BELOW[_room(file)]}
    ]
    assert up == []


def test_no_modules_import_each_other() -> None:
    graph = {file: list(_imports(file)) for file in SCRIPTS.rglob("*.js")}
    assert all(target.is_file() for targets in graph.values() for target in targets)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle
