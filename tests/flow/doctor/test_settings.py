"""`kds doctor` on what was set: every finding is mended by running the command it printed."""

from __future__ import annotations

import pytest

from kds.doctor.finding import ANY_URL
from tests.clusters import Cluster
from tests.flow.doctor.practice import Practice


async def test_a_healthy_deployment_is_well(practice: Practice, dsn: str) -> None:
    diagnosis = await practice.run("kds doctor")
    assert diagnosis.code == 0 and diagnosis.mends == [], diagnosis.printed
    await practice.mended("true", DATABASE_URL=dsn.replace("postgresql://", "postgres://"), LISTEN_DATABASE_URL=dsn)


# Settings


@pytest.mark.parametrize("secret", ["", "short", "a" * 40])
async def test_a_weak_secret(practice: Practice, secret: str) -> None:
    mend = await practice.finds("JWT_SECRET", JWT_SECRET=secret)
    await practice.mended(mend, JWT_SECRET=secret)


@pytest.mark.parametrize(
    "setting", [{"PORT": "eighty"}, {"CORS_ORIGINS": "*"}, {"LISTEN_DATABASE_URL": "mysql://localhost/x"}]
)
async def test_a_setting_that_cannot_be_read(practice: Practice, setting: dict[str, str]) -> None:
    diagnosis = await practice.run("kds doctor", **setting)
    assert diagnosis.code == 1 and {*diagnosis.mends} == {f"unset {next(iter(setting))}"}, diagnosis.printed
    await practice.mended(diagnosis.mends[0], **setting)


# The way to the database


@pytest.mark.parametrize("url", ["", "mysql://localhost/x", "postgresql://postgres:secret-word@127.0.0.1:1/x"])
async def test_no_way_to_a_database(practice: Practice, dsn: str, url: str) -> None:
    mend = await practice.finds("DATABASE_URL", DATABASE_URL=url)
    assert ANY_URL in mend and "secret-word" not in mend
    await practice.mended(mend.replace(ANY_URL, f"'{dsn}'"), DATABASE_URL=url)


async def test_a_database_that_does_not_exist(practice: Practice, cluster: Cluster) -> None:
    url = cluster.dsn("kds_not_there_yet")
    mend = await practice.finds('database "kds_not_there_yet" does not exist', DATABASE_URL=url)
    try:
        await practice.mended(f"{mend}\nkds migrate", DATABASE_URL=url)
    finally:
        await cluster.drop("kds_not_there_yet")


async def test_listen_on_another_database(practice: Practice, empty_dsn: str) -> None:
    mend = await practice.finds("LISTEN_DATABASE_URL leads to another database", LISTEN_DATABASE_URL=empty_dsn)
    await practice.mended(mend, LISTEN_DATABASE_URL=empty_dsn)


async def test_listen_that_leads_nowhere(practice: Practice) -> None:
    nowhere = "postgresql://postgres@127.0.0.1:1/x"
    mend = await practice.finds("LISTEN is not possible over LISTEN_DATABASE_URL", LISTEN_DATABASE_URL=nowhere)
    await practice.mended(mend, LISTEN_DATABASE_URL=nowhere)
