"""`kds doctor` on roles that may do too little, or too much."""

from __future__ import annotations

import re
from typing import Any

from kds.doctor.rights import right_findings
from kds.postgres.statements import load_statements
from tests.flow.doctor.practice import Practice

# Errors of the examination itself


async def test_a_role_that_may_not_serve_is_told_which_rights_it_lacks(practice: Practice, dsn: str, db: Any) -> None:
    await db.execute("CREATE ROLE kds_stranger LOGIN")
    try:
        await db.execute("GRANT SELECT ON schema_migrations TO kds_stranger")
        as_stranger = dsn.replace("postgres@", "kds_stranger@")
        said = "Role kds_stranger lacks", "such as DELETE on dish_stock", "If kds serve logs in as it"
        mend = await practice.finds(*said, DATABASE_URL=as_stranger)
        await practice.run(mend)  # as the owner
        await practice.mended("true", DATABASE_URL=as_stranger)
    finally:
        await db.execute("DROP OWNED BY kds_stranger")
        await db.execute("DROP ROLE kds_stranger")


async def test_a_role_that_may_not_even_connect(practice: Practice, dsn: str, db: Any) -> None:
    database = await db.fetchval("SELECT current_database()")
    await db.execute('CREATE ROLE "Kds Service" LOGIN; GRANT INSERT ON ws_connections TO "Kds Service"')
    as_service = dsn.replace("postgres@", "Kds%20Service@")
    try:
        await practice.run("kds migrate")
        await practice.mended("true", DATABASE_URL=as_service)
        await db.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM PUBLIC')
        mend = await practice.finds("Kds Service lacks CONNECT", DATABASE_URL=as_service)
        await practice.run(mend)  # as the owner
        await db.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        mend = await practice.finds("Role Kds Service may not use schema public", DATABASE_URL=as_service)
        await practice.run(mend)
        await practice.mended("true", DATABASE_URL=as_service)
    finally:
        await db.execute('DROP OWNED BY "Kds Service"; DROP ROLE "Kds Service"')


# Rights and locks


async def test_a_schema_that_everybody_may_write(practice: Practice, db: Any) -> None:
    await db.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    await practice.mended(await practice.finds("Every login may create objects in schema public"))


async def test_a_role_that_may_hang_triggers(practice: Practice, db: Any) -> None:
    await db.execute('CREATE ROLE "Kds Till"; GRANT ALL ON orders TO "Kds Till"')
    try:
        await practice.mended(await practice.finds("Role Kds Till may hang triggers on orders"))
    finally:
        await db.execute('DROP OWNED BY "Kds Till"; DROP ROLE "Kds Till"')


async def test_no_table_of_ours_is_left_out(db: Any) -> None:
    tables = await db.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200")
    await db.execute(
        "CREATE TABLE of_a_till (); CREATE ROLE kds_till; GRANT TRIGGER ON ALL TABLES IN SCHEMA public TO kds_till"
    )
    try:
        found = await right_findings(db, load_statements())
        assert sorted(re.findall(r"triggers on (\w+):", " ".join(finding.what for finding in found))) == sorted(
            row["relname"] for row in tables
        )
    finally:
        await db.execute("DROP OWNED BY kds_till; DROP ROLE kds_till")


async def test_functions_restored_without_their_rights(practice: Practice, db: Any) -> None:
    await db.execute("GRANT EXECUTE ON FUNCTION adopt_epoch() TO PUBLIC")
    await practice.mended(await practice.finds("Every login may call adopt_epoch()"))


async def test_a_leader_that_no_relay_may_end(practice: Practice, db: Any) -> None:
    await db.execute('CREATE ROLE "Kds One"; GRANT INSERT ON ws_connections TO "Kds One"')
    await practice.mended("true")  # of its own role it may
    await db.execute('CREATE ROLE kds_two; GRANT INSERT ON ws_connections TO kds_two; GRANT "Kds One" TO kds_two')
    try:
        said = "A relay of role Kds One may not end a frozen batching leader of role kds_two"
        await practice.mended(await practice.finds(said))
    finally:
        await db.execute('DROP OWNED BY "Kds One", kds_two; DROP ROLE "Kds One", kds_two')
