"""Who may do more than was meant, and who holds what the writers need."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from kds.doctor.finding import MIGRATE, Finding, identifier, psql
from kds.postgres.migrate.replaced import REPLACED
from kds.postgres.statements import script

LOCK_HELD_AFTER = timedelta(seconds=10)
"""A COMMIT holds the lock of its branch for milliseconds."""
_FUNCTION = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)\(", re.MULTILINE)
_TABLE = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (\w+) \(", re.MULTILINE)


async def right_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether anybody can put a name before ours, hang a trigger on our tables, or call what is not for all."""
    functions = sorted({name for file in REPLACED for name in _FUNCTION.findall(script(file))})
    tables = _TABLE.findall(script("schema.sql"))
    return [
        *[
            Finding(
                f"{_named(row['role'])} may create objects in schema public, and could shadow what our functions call.",
                psql(f"REVOKE CREATE ON SCHEMA public FROM {_grantee(row['role'])}"),
            )
            for row in await link.fetch(sql.read_schema_creators)
        ],
        *[
            Finding(
                f"{_named(row['role'])} may hang triggers on {row['relation']}: they run with the rights of whoever "
                "writes, the owner's too.",
                psql(f"REVOKE TRIGGER ON {row['relation']} FROM {_grantee(row['role'])}"),
            )
            for row in await link.fetch(sql.read_trigger_rights, tables)
        ],
        *[
            Finding(
                f"Every login may call {row['signature']}, as after a restore without rights.",
                psql(f"REVOKE ALL ON FUNCTION {row['signature']} FROM PUBLIC"),
            )
            for row in await link.fetch(sql.read_open_functions, functions)
        ],
    ]


async def own_right_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether the role of DATABASE_URL may do what rights.sql gives the role of `kds serve`."""
    rows = await link.fetch(sql.read_missing_rights, *zip(*_needed_rights(), strict=True))
    if not rows:
        return []
    role = identifier(rows[0]["role"])
    give = psql(f"GRANT USAGE ON SCHEMA public TO {role}", f"GRANT INSERT ON public.ws_connections TO {role}")
    return [
        Finding(
            f"Role {rows[0]['role']} lacks {len(rows)} rights that kds serve needs, such as {rows[0]['missing']}. If "
            "kds serve logs in as it, as after a restore without rights (--no-acl), give them as the owner of the "
            "tables, with the owner's DATABASE_URL; tills lack theirs too then.",
            f"{give} && {MIGRATE}",
        )
    ]


async def usage_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether the role of DATABASE_URL may use anything in schema public."""
    room = await link.fetchrow(sql.read_room)
    if room["may_use"]:
        return []
    return [
        Finding(
            f"Role {room['role']} may not use schema public, in which everything is. Give it that as the owner of the "
            "database, with the owner's DATABASE_URL.",
            psql(f"GRANT USAGE ON SCHEMA public TO {identifier(room['role'])}"),
        )
    ]


def _needed_rights() -> list[tuple[str, str, str]]:
    """(kind, name, privilege) of everything that rights.sql grants."""
    text = re.sub(r"'\s*\n\s*'", "", script("rights.sql"))
    needed = [("TABLE", "ws_connections", "INSERT")]
    for privileges, kind, names in re.findall(r"'GRANT (.+?) ON (SEQUENCE |FUNCTION )?(.+?) TO %s'", text):
        for privilege, columns in re.findall(r"([A-Z]+)( \([^)]*\))?", privileges):
            for name in re.findall(r"public\.(\w+)(?=$|[,(])", names):
                if name not in {"order_type", "staff_role"}:
                    needed.append((kind.strip() or ("COLUMN" if columns else "TABLE"), name, privilege))
    return needed


_LOCKS = {
    493269100: "the lock",
    493269101: "the gate of the batching relay",
    493269102: "the lead of the batching relay",
    493269103: "the order numbers",
    493269105: "the rounds of a table",
    493269106: "the order numbers of a day",
    493269107: "a chosen order number",
    493269110: "the turn to change the menu",
    493269111: "the turn to give a name",
}
"""See the head of sql/announce.sql."""


async def leader_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether each relay may end a batching leader that froze, whatever role that one has logged in as."""
    return [
        Finding(
            f"A relay of role {row['relay']} may not end a frozen batching leader of role {row['leader']}: its writers "
            "would stay silent.",
            psql(f"GRANT pg_signal_backend TO {identifier(row['relay'])}"),
        )
        for row in await link.fetch(sql.read_leaders_out_of_reach)
    ]


async def lock_findings(link: Any, sql: SimpleNamespace, held_after: timedelta = LOCK_HELD_AFTER) -> list[Finding]:
    """Who holds a lock of ours at which orders wait, or that a batching leader needs: every login may take them."""
    return [
        Finding(
            f"pid {row['pid']}, user {row['username']}, {row['application_name'] or 'no application_name'}, "
            f"{row['state']}, has held {_held(row)} for over {row['held_s']:.0f} s; {row['waiting']} wait for it.",
            psql(f"SELECT pg_terminate_backend({row['pid']})"),
        )
        for row in await link.fetch(sql.read_lock_holders, held_after)
    ]


def _held(row: Any) -> str:
    held = _LOCKS[row["lock"]]
    return held if row["branches"] is None else f"{held} of {', '.join(row['branches']) or 'no branch'}"


def _named(role: str | None) -> str:
    return "Every login" if role is None else f"Role {role}"


def _grantee(role: str | None) -> str:
    return "PUBLIC" if role is None else identifier(role)
