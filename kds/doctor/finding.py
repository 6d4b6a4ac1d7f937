"""What a doctor says: what is wrong, and the command that mends it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

ANY_URL = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
"""For the reader to fill in."""
MIGRATE = "kds migrate"


@dataclass(frozen=True)
class Finding:
    """Something wrong, and a line for a shell that has the environment of `kds serve`."""

    what: str
    mend: str


def psql(*statements: str) -> str:
    """The shell command that runs statements, without showing the URL's password."""
    return 'psql "$DATABASE_URL"' + "".join(f" -c {shlex.quote(statement)}" for statement in statements)


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'
