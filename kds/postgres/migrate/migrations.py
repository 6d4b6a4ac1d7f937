"""The files of sql/migrations/: which there are, of which kind, and which statements a file of steps has.

A plain file is one transaction. A file whose header has the line `-- mode: steps` is run statement by statement, each
committing by itself: for CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT and backfills in small parts, which must not
hold what writers need until the last one is done. It may end anywhere and is taken up again from its first statement,
so each statement must be safe to repeat; the last one records the file as applied.
"""

from __future__ import annotations

import re
from pathlib import Path

from kds.errors import SchemaError
from kds.postgres.statements import sql_folder

_STEPS = re.compile(r"^-- mode: steps$", re.MULTILINE)
_TOKEN = re.compile(
    r"""--[^\n]*
    | /\*.*?\*/
    | \b[eE]'(?:[^'\\]|''|\\.)*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
    | (?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)
"""Where a semicolon may stand without ending a statement, or one that does end it."""


def migrations() -> dict[int, Path]:
    """The migration files by version."""
    found: dict[int, Path] = {}
    for file in sorted((sql_folder() / "migrations").glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_\w+\.sql", file.name)
        if match is None:
            raise SchemaError(f"{file.name} is no migration: name it NNNN_verb_object.sql")
        if int(match[1]) in found:
            raise SchemaError(f"{file.name} and {found[int(match[1])].name} have the same version")
        found[int(match[1])] = file
    return found


def newest_version() -> int:
    """The schema version this code needs."""
    return max(migrations())


def is_steps(text: str) -> bool:
    """Whether a migration is run statement by statement; said in the comment at its head."""
    head = re.match(r"(?:--[^\n]*\n|\s)*", text)
    return head is not None and _STEPS.search(head[0]) is not None


def statements(text: str) -> list[str]:
    """The statements of a file of SQL, each without the semicolon that ends it."""
    found: list[str] = []
    began = 0
    for token in _TOKEN.finditer(text):
        if token["end"]:
            found.append(text[began : token.start()])
            began = token.end()
    found.append(text[began:])
    return [statement.strip() for statement in found if _is_something(statement)]


def _is_something(statement: str) -> bool:
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", statement, flags=re.DOTALL).strip())
