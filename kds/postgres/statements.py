"""The SQL of the service, found both in a checkout and in an installed wheel.

`sql/queries/*.sql` holds every statement the service runs, each as `PREPARE name (types) AS ...;`, so that psql checks
the files as they are and a DBA can EXECUTE a statement by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

_TRANSACTION = re.compile(r"^(?:BEGIN|COMMIT);\n", re.MULTILINE)
_PREPARE = re.compile(r"^PREPARE (\w+)(?: \(([^)]*)\))? AS\n(.*?);$", re.MULTILINE | re.DOTALL)


def sql_folder() -> Path:
    """Where sql/ is: inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "sql", package.parent / "sql"):
        if (folder / "schema.sql").is_file():
            return folder
    raise FileNotFoundError(f"sql/schema.sql is neither in {package} nor beside it: reinstall the package")


def script(name: str) -> str:
    """A file of sql/ to run inside a transaction: without the BEGIN and COMMIT that make it one in psql."""
    return _TRANSACTION.sub("", (sql_folder() / name).read_text(encoding="utf-8"))


def load_statements() -> SimpleNamespace:
    """Every named statement as text, `$1`-style: `statements.read_events`."""
    found: dict[str, str] = {}
    for file in sorted((sql_folder() / "queries").glob("*.sql")):
        for name, types, body in _PREPARE.findall(file.read_text(encoding="utf-8")):
            if name in found:
                raise ValueError(f"statement {name} stands twice in sql/queries")
            found[name] = _with_types(body, [text.strip() for text in types.split(",")])
    return SimpleNamespace(**found)


def one_by_one(statement: str) -> str:
    """The same statement, to be asked when it failed for its data: an order that cannot be made costs only itself."""
    return re.sub(r"\border_objects\b", "order_objects_one_by_one", statement)


def _with_types(body: str, types: list[str]) -> str:
    """Writes the declared type to every `$n`, as PREPARE itself would: asyncpg declares none."""
    return re.sub(r"\$(\d+)", lambda match: f"${match[1]}::{types[int(match[1]) - 1]}", body)
