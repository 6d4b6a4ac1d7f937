"""`kds migrate` on a database that is not bare: the schema is where it belongs, or words say what stands in the way."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from kds.errors import SchemaError
from kds.postgres.connect import connect, create_pool
from kds.postgres.migrate.migrate import migrate
from kds.postgres.statements import script
from tests.clusters import Cluster
from tests.patience import eventually


@pytest.fixture
async def owner(cluster: Cluster, empty_dsn: str) -> AsyncIterator[str]:
    """A plain role that may log in; the URL as it."""
    name = "kds_owner_" + secrets.token_hex(4)
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute(f"CREATE ROLE {name} LOGIN")
    parts = urlsplit(empty_dsn)
    yield parts._replace(netloc=f"{name}@{parts.netloc.rpartition('@')[2]}").geturl()
    await connection.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")
    await connection.close()


async def test_tables_of_our_names_are_named(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute("CREATE TABLE orders (id integer); CREATE TYPE order_type AS ENUM ('x')")
    with pytest.raises(SchemaError, match=r"names in schema public: order_type, orders\. .*CREATE DATABASE"):
        await migrate(empty_dsn, lambda line: None)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    await connection.close()


async def test_missing_rights_are_named_with_the_grants_that_give_them(empty_dsn: str, owner: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for _ in range(2):
        with pytest.raises(SchemaError) as refused:
            await migrate(owner, lambda line: None)
        await connection.execute(str(refused.value).partition("As the owner of the database: ")[2])
    await migrate(owner, lambda line: None)
    await connection.close()


@pytest.mark.parametrize("place", ["schema named like the role", "path of the database"])
async def test_the_schema_is_in_public_whatever_the_path_says(empty_dsn: str, place: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    name, role = await connection.fetchrow("SELECT current_database(), current_user")
    schema = role if place.startswith("schema") else "till"
    await connection.execute(f'CREATE SCHEMA "{schema}"; CREATE TABLE "{schema}".orders (id integer)')
    if schema == "till":
        await connection.execute(f'ALTER DATABASE "{name}" SET search_path = till, public')
    await migrate(empty_dsn, lambda line: None)
    assert await connection.fetchval("SELECT to_regclass('public.orders') IS NOT NULL")
    said: list[str] = []
    await migrate(empty_dsn, said.append)
    assert "nothing to do" in said[-1]
    link = await connect(empty_dsn, "kds-test", timeout_s=5)
    assert await link.fetchval("SELECT 'orders'::regclass = 'public.orders'::regclass")
    await link.close()
    pool: Any = await create_pool(empty_dsn, size=1, command_timeout_s=5, direct=True)
    for _ in range(3):  # also after it was given back
        assert await pool.fetchval("SELECT 'orders'::regclass = 'public.orders'::regclass")
    await pool.close()
    await connection.close()


async def test_an_encoding_that_cannot_hold_every_text_is_refused(cluster: Cluster) -> None:
    name = "kds_latin_" + secrets.token_hex(4)
    connection = await asyncpg.connect(cluster.admin_dsn)
    await connection.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        with pytest.raises(SchemaError, match=r"encoding LATIN1.*UTF8 is needed"):
            await migrate(cluster.dsn(name), lambda line: None)
    finally:
        await connection.execute(f"DROP DATABASE {name}")
        await connection.close()


async def test_an_owner_that_is_no_superuser_ends_a_frozen_leader_of_another_role(empty_dsn: str, owner: str) -> None:
    admin = await asyncpg.connect(empty_dsn)
    name, leader = urlsplit(owner).username, "kds_leader_" + secrets.token_hex(4)
    database = await admin.fetchval("SELECT current_database()")
    await admin.execute(
        f'GRANT CREATE ON SCHEMA public TO {name}; GRANT CREATE ON DATABASE "{database}" TO {name};'
        f"GRANT pg_signal_backend TO {name}; CREATE ROLE {leader} LOGIN"
    )
    await migrate(owner, lambda line: None)
    await admin.execute(f"GRANT EXECUTE ON FUNCTION take_batching_lead(text) TO {leader}")
    frozen = await asyncpg.connect(owner.replace(f"{name}@", f"{leader}@"))
    assert await frozen.fetchval("SELECT take_batching_lead('frozen')")
    mine = await asyncpg.connect(owner)
    await mine.execute("SELECT pg_sleep(0.1)")
    assert await mine.fetchval("SELECT end_stale_leader($1)", timedelta(milliseconds=50)) == frozen.get_server_pid()
    frozen.terminate()
    await mine.close()
    await admin.execute(f"DROP OWNED BY {leader}; DROP ROLE {leader}")
    await admin.close()


async def test_the_service_ends_a_frozen_leader_of_its_own_role_and_lives_with_one_of_another(
    empty_dsn: str, owner: str
) -> None:
    admin = await asyncpg.connect(empty_dsn)
    name, service = urlsplit(owner).username, "kds_service_" + secrets.token_hex(4)
    database = await admin.fetchval("SELECT current_database()")
    await admin.execute(
        f'GRANT CREATE ON SCHEMA public TO {name}; GRANT CREATE ON DATABASE "{database}" TO {name};'
        f"CREATE ROLE {service} LOGIN"
    )
    await migrate(owner, lambda line: None)
    mine = await asyncpg.connect(owner)
    await mine.execute(f"GRANT INSERT ON ws_connections TO {service}; {script('rights.sql')}")
    sweeper, frozen = [await asyncpg.connect(owner.replace(f"{name}@", f"{service}@")) for _ in range(2)]
    assert await frozen.fetchval("SELECT take_batching_lead('frozen')")
    await mine.execute("SELECT pg_sleep(0.1)")
    end = "SELECT end_stale_leader($1)"
    assert await sweeper.fetchval(end, timedelta(milliseconds=50)) == frozen.get_server_pid()
    await eventually(lambda: mine.fetchval("SELECT take_batching_lead('of the owner')"))
    await sweeper.execute("SELECT pg_sleep(0.1)")
    warnings: list[Any] = []
    sweeper.add_log_listener(lambda _, warning: warnings.append(warning))
    assert await sweeper.fetchval(end, timedelta(milliseconds=50)) is None
    assert [f"pid {mine.get_server_pid()}, which has been silent" in str(warning) for warning in warnings] == [True]
    assert await mine.fetchval("SELECT state FROM batching") == "entering"
    frozen.terminate()
    await sweeper.close()
    await admin.execute(f"DROP OWNED BY {service}; DROP ROLE {service}")
    await mine.close()
    await admin.close()
