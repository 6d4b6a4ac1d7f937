"""The rooms of kds/static/js import only from rooms below them, and no modules import each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "kds" / "static" / "js"
BELOW = {
    "common/dom": (),
    "common/device": (),
    "common/server": (),
    "common/text": ("common/dom", "common/device"),
    "common/allergies": ("common/text",),
    "common/login": ("common/text", "common/server", "common/dom", "common/device"),
    "kitchen/state/orders": ("common/",),
    "kitchen/state/ticket": ("kitchen/state/orders", "common/"),
    "kitchen/state/board": ("kitchen/state/ticket", "kitchen/state/orders", "common/"),
    "kitchen/state/layouts": ("kitchen/state/ticket", "kitchen/state/orders", "common/"),
    "kitchen/input": ("kitchen/state/", "common/"),
    "kitchen/device": ("kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/ticket": ("kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/layouts": ("kitchen/view/ticket", "kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/notices": ("kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/dialogs": ("kitchen/view/ticket", "kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/options": ("kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/stock": ("kitchen/view/dialogs", "kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    "kitchen/view/bars": (
        *("kitchen/view/options", "kitchen/view/ticket"),
        *("kitchen/device", "kitchen/input", "kitchen/state/", "common/"),
    ),
    "kitchen": ("kitchen/", "common/"),
    "guests": ("common/",),
    "guests/order/placing": ("common/",),
    "guests/order/menu": ("guests/order/placing", "common/"),
    "guests/order/sheets": ("guests/order/menu", "guests/order/placing", "common/"),
    "guests/order": ("guests/order/", "guests", "common/"),
    "guests/track": ("guests", "common/"),
    "pickup": ("common/",),
    "manager/office": ("common/",),
    "manager/history": ("manager/office", "common/"),
    "manager/menu": ("manager/office", "common/"),
    "manager/staff": ("manager/office", "common/"),
    "manager/stations": ("manager/menu", "manager/office", "common/"),
    "manager/today": ("manager/office", "common/"),
    "manager/tables": ("common/",),
    "manager": ("manager/", "common/"),
    "welcome": ("common/",),
}
"""What each room may import from beside itself; with a slash at its end, from any room in that one. A new one must be
given its place."""
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def _room(file: Path) -> str:
    return file.relative_to(SCRIPTS).parent.as_posix()


def _imports(file: Path) -> Iterator[Path]:
    for path in IMPORT.findall(COMMENT.sub("", file.read_text(encoding="utf-8"))):
        yield (file.parent / path).resolve()


def _may_import(room: str, other: str) -> bool:
    return room == other or any(
        other.startswith(below) if below.endswith("/") else other == below for below in BELOW[room]
    )


def test_every_room_has_its_place() -> None:
    assert {_room(file) for file in SCRIPTS.rglob("*.js")} == set(BELOW)


def test_every_import_leads_down() -> None:
    files = sorted(SCRIPTS.rglob("*.js"))
    arrows = [(file, target) for file in files for target in _imports(file)]
    assert len(arrows) > len(files)
    up = [
        f"{file.relative_to(SCRIPTS)} -> {target.relative_to(SCRIPTS)}"
        for file, target in arrows
        if not _may_import(_room(file), _room(target))
    ]
    assert up == []


def test_no_rooms_may_import_each_other() -> None:
    graph = {room: [other for other in BELOW if other != room and _may_import(room, other)] for room in BELOW}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_modules_import_each_other() -> None:
    graph = {file: list(_imports(file)) for file in SCRIPTS.rglob("*.js")}
    assert all(target.is_file() for targets in graph.values() for target in targets)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_a_type_that_a_comment_names_is_of_a_module() -> None:
    lost = [
        f"{file.relative_to(SCRIPTS)}: {path}"
        for file in SCRIPTS.rglob("*.js")
        for comment in COMMENT.findall(file.read_text(encoding="utf-8"))
        for path in IMPORT.findall(comment)
        if not (file.parent / path).is_file()
    ]
    assert lost == []
