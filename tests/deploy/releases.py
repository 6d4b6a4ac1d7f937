"""The release after this one.

No older version can be had where these tests also run, in CI's wheel; so the present version plays the old one, and the
next is made of it: a copy with another version string, one more migration that only adds, another definition of the
order object, and a changed page.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from kds import __version__
from kds.postgres.migrate.migrations import newest_version
from tests.deploy.conftest import ROOT

NEXT = "99.0.0"
MIGRATION = """ALTER TABLE orders ADD COLUMN greeting text;
INSERT INTO schema_migrations (version, name, oldest_code) VALUES ({version}, 'add_greeting', {version} - 1);
"""


def make_next_release(folder: Path) -> Path:
    """A checkout of the version after this one in a new folder."""
    for name in ("kds", "sql"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    replace(folder / "kds/__init__.py", f'__version__ = "{__version__}"', f'__version__ = "{NEXT}"')
    replace(folder / "sql/objects.sql", "o.note,\n", "o.note,\n        o.greeting,\n")
    replace(folder / "kds/static/pages/kitchen.html", "</title>", f" {NEXT}</title>")
    version = newest_version() + 1
    (folder / f"sql/migrations/{version:04d}_add_greeting.sql").write_text(MIGRATION.format(version=version))
    return folder


def replace(file: Path, old: str, new: str) -> None:
    """Changes the first such text of a file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
