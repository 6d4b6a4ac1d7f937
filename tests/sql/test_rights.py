"""Who may call and change what: the rules for every function, also for one that is added tomorrow."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from kds.errors import SchemaError
from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import load_statements, script, sql_folder
from tests.orders import add_branch

ConnectDb = Callable[[], Awaitable[Any]]
OURS = """
    FROM pg_proc AS p
    WHERE p.pronamespace IN ('public'::regnamespace, 'order_numbers'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')"""
"""Every function of the schema, none of an extension."""
BY_OTHERS = {"commands.sql", "postgres.sql"}
"""What `kds migrate`, `branch`, `staff`, `menu` and their like run: as the owner of the tables, not as the service."""


@pytest.fixture
async def service(db: Any) -> AsyncIterator[str]:
    """A role with the rights that sql/rights.sql gives to the service, and no other."""
    name = "kds_service_" + secrets.token_hex(4)
    await db.execute(f"CREATE ROLE {name} LOGIN; GRANT INSERT ON ws_connections TO {name}")
    await db.execute(script("rights.sql"))
    yield name
    await db.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


async def test_nobody_else_may_call_what_changes_something(db: Any) -> None:
    open_to_all = await db.fetch(f"""
        SELECT p.oid::regprocedure::text AS function {OURS}
          AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
                      WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
          AND (p.prosecdef OR p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) OR p.provolatile = 'v')""")
    assert [row["function"] for row in open_to_all] == []


async def test_no_function_looks_a_name_up_in_the_callers_path(db: Any) -> None:
    """A SET clause, or a body whose names were bound when it was created: what an SQL function needs to be inlined."""
    unpinned = await db.fetch(f"""
        SELECT p.oid::regprocedure::text AS function {OURS}
          AND p.prosqlbody IS NULL
          AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s ~ '^search_path=pg_catalog,.* pg_temp$')""")
    assert [row["function"] for row in unpinned] == []


async def test_no_table_view_or_sequence_is_open_to_all(db: Any) -> None:
    open_to_all = await db.fetch("""
        SELECT c.oid::regclass::text AS relation FROM pg_class AS c
        CROSS JOIN LATERAL aclexplode(c.relacl) AS a
        WHERE c.relnamespace IN ('public'::regnamespace, 'order_numbers'::regnamespace) AND a.grantee = 0""")
    assert [row["relation"] for row in open_to_all] == []
    assert not await db.fetchval("""
        SELECT count(*) FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
        WHERE n.nspname = 'order_numbers' AND a.grantee = 0""")


@pytest.mark.parametrize(
    "file", sorted({path.name for path in (sql_folder() / "queries").glob("*.sql")} - BY_OTHERS), ids=str
)
async def test_the_service_may_run_every_statement_of_it(db: Any, service: str, file: str) -> None:
    """EXPLAIN checks the rights on every table and function of a statement, and runs nothing."""
    text = (sql_folder() / "queries" / file).read_text(encoding="utf-8")
    names = [name for name in vars(load_statements()) if re.search(rf"(?m)^PREPARE {name} ", text)]
    assert names
    await db.execute(text)
    await db.execute(f"SET ROLE {service}")
    for name in names:
        types = await db.fetchval("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1", name)
        arguments = f"({', '.join(f'NULL::{kind}' for kind in types)})" if types else ""
        await db.execute(f"EXPLAIN EXECUTE {name}{arguments}")
    await db.execute("RESET ROLE")


async def test_the_service_may_call_what_the_functions_call_that_it_may_call(db: Any, service: str) -> None:
    """EXPLAIN does not look into a function, and one without SECURITY DEFINER runs with the rights of who calls it."""
    missing = await db.fetch(
        f"""
        WITH ours AS (SELECT p.oid, p.proname, p.prosrc, p.prosecdef, p.prorettype, p.prosqlbody {OURS})
        SELECT caller.proname AS caller, called.oid::regprocedure::text AS called
        FROM ours AS caller JOIN ours AS called ON caller.prosrc ~ ('\\m' || called.proname || '\\(')
        WHERE NOT caller.prosecdef AND caller.oid <> called.oid AND called.prorettype <> 'trigger'::regtype
          AND (caller.prorettype = 'trigger'::regtype OR has_function_privilege($1, caller.oid, 'EXECUTE'))
          AND NOT has_function_privilege($1, called.oid, 'EXECUTE')""",
        service,
    )
    assert [tuple(row) for row in missing] == []


async def test_a_role_of_the_service_keeps_its_rights_when_functions_are_made_anew(
    db: Any, service: str, connect_db: ConnectDb
) -> None:
    await db.execute("DROP FUNCTION prune_events(interval, integer)")
    for file in ("pruning.sql", "rights.sql"):
        await db.execute(script(file))
    another = await connect_db()
    await another.execute(f"SET ROLE {service}")
    assert await another.fetchval("SELECT prune_events('1 hour', 1)") == 0


async def test_the_service_finds_that_there_is_nothing_to_migrate(dsn: str, db: Any, service: str) -> None:
    """So that a unit migrates before it serves, with one address for both; what there is to do only the owner may."""
    address = urlsplit(dsn)
    assert address.username is not None
    own = urlunsplit(address._replace(netloc=address.netloc.replace(address.username, service, 1)))
    await add_branch(db)
    said: list[str] = []
    await migrate(dsn, said.append)
    await migrate(own, said.append)
    assert "nothing to do" in said[-1]
    await db.execute("DROP TRIGGER orders_announce_update ON orders")
    with pytest.raises((SchemaError, asyncpg.InsufficientPrivilegeError), match="permission denied"):
        await migrate(own, said.append)
