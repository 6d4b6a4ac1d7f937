"""The next release comes, goes again, and comes back."""

from __future__ import annotations

from aiohttp import ClientSession

from kds.postgres.migrate.migrations import newest_version
from tests.deploy.conftest import ROOT
from tests.deploy.releases import make_next_release
from tests.deploy.week.deployment import Deployment
from tests.deploy.week.probe import probe, works


async def forth(deployment: Deployment) -> None:
    """kds migrate of the next release beside a process of this one, which serves on; then the next one serves."""
    following = make_next_release(deployment.folder / "next")
    async with deployment.serving() as url, ClientSession() as http:
        deployment.release = following
        assert "add_greeting" in await deployment.migrate()
        await probe(deployment, http, url)
    await deployment.settle()
    await works(deployment)


async def back(deployment: Deployment) -> None:
    """This release on the schema of the next: its kds migrate warns, and it serves."""
    deployment.release = ROOT
    said = await deployment.migrate()
    assert "Warning: " in said and "may serve on" in said, said
    await deployment.settle()
    await works(deployment)


async def too_far_back(deployment: Deployment) -> None:
    """This release on a schema that says it is too old: everything says so, and the newer one serves."""
    async with deployment.session() as dba:
        await dba.execute("UPDATE schema_migrations SET oldest_code = version WHERE version > $1", newest_version())
    for command, role in (("migrate", deployment.owner), ("serve", ""), ("doctor", "")):
        code, printed = await deployment.kds(command, role=role)
        assert code == 1 and "eploy the newer code" in printed, printed
    deployment.hear(printed, "deploy the newer code")
    deployment.release = deployment.folder / "next"
    await deployment.migrate()
    await works(deployment, "deploy the newer code")
