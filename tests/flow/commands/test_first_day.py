"""From an empty database to a kitchen that cooks, by `kds branch`, `station`, `staff` and `menu`."""

from __future__ import annotations

import uuid
from pathlib import Path

from aiohttp import ClientSession

from kds.server import Server
from tests.clusters import Cluster
from tests.conftest import config_for
from tests.flow.commands.menus import Kds
from tests.screen import open_screen

# The whole way


async def test_an_empty_database_becomes_a_kitchen_by_command(
    cluster: Cluster, menu_file: Path, http: ClientSession, kds: Kds
) -> None:
    name = "kds_by_command_" + uuid.uuid4().hex[:8]
    environment = {"DATABASE_URL": await cluster.create(name)}
    try:
        for arguments, typed in (
            (["migrate"], ""),
            (["branch", "add", "Nonna", "--timezone", "Europe/Rome", "--currency", "eur"], ""),
            (["station", "add", "Nonna", "Grill"], ""),
            (["station", "add", "nonna", "Cold"], ""),
            (["staff", "add", "Nonna", "gina"], "correct horse\n"),
            (["menu", "load", "Nonna", str(menu_file)], ""),
        ):
            code, printed = await kds(*arguments, typed=typed, **environment)
            assert code == 0, printed
        code, listed = await kds("branch", "list", **environment)
        assert code == 0 and "Grill, Cold" in listed and "Europe/Rome" in listed
        await check_that_it_cooks(http, environment["DATABASE_URL"], listed.splitlines()[1].split()[0])
    finally:
        await cluster.drop(name)


async def check_that_it_cooks(http: ClientSession, dsn: str, branch_id: str) -> None:
    """Serves the database: logs in, opens a screen, orders, and sees the order."""
    server = Server(config_for(dsn))
    await server.start()
    try:
        credentials = {"username": "gina", "password": "correct horse"}
        async with http.post(f"{server.url}/staff/login", json=credentials) as answer:
            assert answer.status == 200
            token = (await answer.json())["token"]
        async with http.get(f"{server.url}/public/branches/{branch_id}/menu") as answer:
            dish = (await answer.json())["items"][0]
        async with open_screen(http, server.url, token) as screen:
            lines = [{"menuItemId": dish["menuItemId"], "quantity": 1, "modifiers": ["ADD chilli oil"]}]
            order = {"branchId": branch_id, "table": "T1", "items": lines}
            async with http.post(f"{server.url}/public/order/place", json=order) as answer:
                assert (await answer.json())["totalCents"] == 1550
            assert (await screen.next())["items"][0]["station"] == "Grill"
    finally:
        await server.stop()
