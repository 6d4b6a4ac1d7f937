"""The ways in which a DBA dumps a database and restores it into another; the kitchen then works on the other."""

from __future__ import annotations

import itertools
from pathlib import Path

from aiohttp import ClientSession

from kds.postgres.statements import sql_folder
from tests.deploy.documented import documented, run_documented
from tests.deploy.kitchen import log_in, order
from tests.deploy.week.deployment import Deployment
from tests.deploy.week.probe import probe, works
from tests.screen import open_screen
from tests.system_postgres import PASSWORD

README = (sql_folder() / "README.md").read_text(encoding="utf-8")
_counter = itertools.count(1)


def _files(deployment: Deployment) -> tuple[Path, Path]:
    number = next(_counter)
    return deployment.folder / f"schema-{number}", deployment.folder / f"rows-{number}"


async def _new(deployment: Deployment, owner: str = "") -> str:
    return await deployment.new_database(f"{deployment.owner}_{next(_counter)}", owner)


async def whole(deployment: Deployment) -> None:
    """pg_dump -Fc, pg_restore, by the superuser."""
    _, rows = _files(deployment)
    new = await _new(deployment)
    await deployment.postgres("pg_dump", "-Fc", "-f", rows, deployment.dba())
    await deployment.postgres("pg_restore", "--exit-on-error", "-d", deployment.dba(new), rows)
    deployment.database = new
    await deployment.settle()
    await works(deployment)


async def plain(deployment: Deployment) -> None:
    """pg_dump, psql, by the owner, who is no superuser."""
    _, rows = _files(deployment)
    await deployment.postgres("pg_dump", "-f", rows, deployment.url(deployment.owner))
    deployment.database = await _new(deployment)
    into = deployment.url(deployment.owner)
    await deployment.postgres("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", rows, into)
    await deployment.settle()
    await works(deployment)


async def rows_with_triggers(deployment: Deployment) -> None:
    """--schema-only, then --data-only without events as sql/README.md says, by the owner."""
    schema, rows = _files(deployment)
    excluded = "--exclude-table-data=events"
    assert excluded in README
    await deployment.postgres("pg_dump", "--schema-only", "-f", schema, deployment.url(deployment.owner))
    await deployment.postgres("pg_dump", "--data-only", excluded, "-f", rows, deployment.url(deployment.owner))
    deployment.database = await _new(deployment)
    for file in (schema, rows):
        into = deployment.url(deployment.owner)
        await deployment.postgres("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", file, into)
    await deployment.settle()
    await works(deployment)


async def rows_without_triggers(deployment: Deployment) -> None:
    """--schema-only, then --data-only --disable-triggers, by the superuser."""
    schema, rows = _files(deployment)
    new = await _new(deployment)
    await deployment.postgres("pg_dump", "-Fc", "--schema-only", "-f", schema, deployment.dba())
    await deployment.postgres("pg_dump", "-Fc", "--data-only", "-f", rows, deployment.dba())
    await deployment.postgres("pg_restore", "--exit-on-error", "-d", deployment.dba(new), schema)
    data = ("--exit-on-error", "--data-only", "--disable-triggers")
    await deployment.postgres("pg_restore", *data, "-d", deployment.dba(new), rows)
    deployment.database = new
    await deployment.settle()
    await works(deployment, "Triggers do not fire for replicated and restored rows")


async def another_owner(deployment: Deployment) -> None:
    """--no-owner --role of another owner."""
    _, rows = _files(deployment)
    await deployment.postgres("pg_dump", "-Fc", "-f", rows, deployment.dba())
    owner = f"{deployment.owner}_heir"
    await deployment.psql(f"CREATE ROLE {owner} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
    new = await _new(deployment, owner)
    await deployment.postgres("pg_restore", "--no-owner", f"--role={owner}", "-d", deployment.dba(new), rows)
    deployment.database, deployment.owner = new, owner
    await deployment.settle()
    await works(deployment)


async def no_rights(deployment: Deployment) -> None:
    """--no-acl: the roles of the service and of the till may do nothing, until they are given their rights anew."""
    _, rows = _files(deployment)
    new = await _new(deployment)
    await deployment.postgres("pg_dump", "-Fc", "--no-acl", "-f", rows, deployment.dba())
    await deployment.postgres("pg_restore", "--exit-on-error", "--no-acl", "-d", deployment.dba(new), rows)
    deployment.database = new
    code, printed = await deployment.kds("serve")
    assert code == 1 and "permission denied" in printed and "kds doctor says" in printed, printed
    await deployment.settle()
    await deployment.grant_till()
    await works(deployment, "lacks")


async def public_alone(deployment: Deployment) -> None:
    """-n public, into a database where another program has a schema with tables of the same names."""
    _, rows = _files(deployment)
    loyalty = (
        "CREATE SCHEMA loyalty; CREATE TABLE loyalty.orders (id integer); CREATE TABLE loyalty.branches (id integer)"
    )
    await deployment.psql(loyalty)
    await deployment.postgres("pg_dump", "-n", "public", "-f", rows, deployment.dba())
    new = await _new(deployment)
    await deployment.psql(loyalty, database=new)
    # it says CREATE SCHEMA public, which every database has
    already = 'schema "public" already exists'
    await deployment.postgres("psql", "-q", "-X", "-f", rows, deployment.dba(new), may_say=already)
    deployment.database = new
    await deployment.settle()
    await works(deployment, "have no sequence of order numbers, and take no order")


async def into_migrated(deployment: Deployment) -> None:
    """--data-only --disable-triggers into a database that kds migrate made, as sql/README.md says."""
    old, new = deployment.database, await _new(deployment)
    deployment.database = new
    await deployment.migrate()
    script = documented("rows.dump").replace("kds_again", new).replace(" kds\n", f" {old}\n")
    await run_documented(deployment.server, script, BACKUPS=deployment.server.folder)
    await deployment.settle()
    await deployment.grant_till()
    await works(deployment, "lacks")


async def over_the_living(deployment: Deployment) -> None:
    """pg_restore --clean into the database that a process serves; its screens start anew."""
    _, rows = _files(deployment)
    await deployment.postgres("pg_dump", "-Fc", "-f", rows, deployment.dba())
    async with deployment.serving() as url, ClientSession() as http:
        token = await log_in(http, url)
        async with open_screen(http, url, token, since=0) as screen:
            _, snapshot = await screen.take(2)
            lost = await order(http, url, deployment.branch_id, "lost")
            assert (await screen.next())["orderId"] == lost
            clean = ("--clean", "--if-exists", "--single-transaction")
            await deployment.postgres("pg_restore", *clean, "-d", deployment.dba(), rows)
            again = await screen.until("SNAPSHOT")
            now, before = (
                [each for each in board["orders"] if each["status"] == "SENT"] for board in (again, snapshot)
            )
            assert now == before
        await probe(deployment, http, url)
    await deployment.settle()
    await works(deployment)
