"""Roles exactly as sql/README.md makes them, and a stranger, who may connect and nothing more."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

from kds.postgres.statements import sql_folder
from tests.sql.conftest import Psql

README = (sql_folder() / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"(?ms)^```sql\n(.*?)^```$", README)


def documented(role: str) -> str:
    """The block of the README that makes this role."""
    (block,) = (block for block in BLOCKS if f"CREATE ROLE {role} " in block)
    return block


@contextlib.asynccontextmanager
async def new_role(dsn: str, psql: Psql, template: str | None = None) -> AsyncIterator[str]:
    """A role of a name of its own, made by the README's lines for `template`; without, one that may only connect."""
    database = unquote(urlsplit(dsn).path.lstrip("/"))
    name = f"{template or 'stranger'}_{secrets.token_hex(4)}"
    script = f"CREATE ROLE {name} LOGIN;" if template is None else documented(template)
    if template is not None:
        script = re.sub(rf"\b{template}\b", name, script).replace("DATABASE kds ", f'DATABASE "{database}" ')
    await psql(dsn, "-q", script=script)
    try:
        yield name
    finally:
        await psql(dsn, "-q", script=f"DROP OWNED BY {name}; DROP ROLE {name};")


@contextlib.asynccontextmanager
async def session_of(dsn: str, role: str) -> AsyncIterator[Any]:
    """A session as if this role had logged in, whatever the server asks of those who do."""
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    try:
        await connection.execute(f"SET SESSION AUTHORIZATION {role}")
        yield connection
    finally:
        connection.terminate()
