"""PgBouncer in transaction mode before the pool, LISTEN_DATABASE_URL past it: nothing of a session may be needed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from tests.deploy.conftest import Programs, sbin
from tests.deploy.kitchen import bump, log_in, open_restaurant, order, ready, shown
from tests.hardening.requests import faults_of_log
from tests.patience import eventually
from tests.screen import open_screen
from tests.system_postgres import OWNER, PASSWORD, SystemPostgres, free_port, required, run

KDS = Path(sys.executable).with_name("kds")
CONFIG = """[databases]
* = host=127.0.0.1 port={postgres}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
server_tls_sslmode = require
pool_mode = transaction
default_pool_size = 3
"""


@pytest.fixture
async def pooled_url(system_postgres: SystemPostgres, sold_role: str, programs: Programs) -> AsyncIterator[str]:
    """The URL of the database through a pooler that gives each transaction any of three backends."""
    program = sbin("pgbouncer")
    required("pgbouncer", program)
    port = free_port()
    users, config = (system_postgres.folder / f"{sold_role}{suffix}" for suffix in (".users", ".ini"))
    users.write_text(f'"{sold_role}" "{PASSWORD}"\n')
    config.write_text(CONFIG.format(postgres=system_postgres.port, port=port, users=users))
    # it refuses to run as root
    user = ["-u", OWNER] if os.getuid() == 0 else []
    _, log = await programs.start(program, "-q", *user, config)
    url = f"postgres://{sold_role}:{PASSWORD}@127.0.0.1:{port}/{sold_role}?sslmode=disable"

    async def is_up() -> bool:
        try:
            await (await asyncpg.connect(url, statement_cache_size=0)).close()
        except OSError:
            return False
        return True

    try:
        await eventually(is_up)
    except TimeoutError:
        pytest.fail(log.read_text())
    yield url


async def test_a_restaurant_behind_a_pooler(
    environment: dict[str, str], pooled_url: str, programs: Programs, http: ClientSession
) -> None:
    direct = environment["DATABASE_URL"]
    environment |= {"DATABASE_URL": pooled_url, "LISTEN_DATABASE_URL": direct}
    environment |= {"ORDERS_PER_TABLE_PER_MINUTE": "0", "ORDERS_PER_ADDRESS_PER_MINUTE": "0", "POOL_SIZE": "10"}
    code, printed = await run(KDS, "migrate", environment=environment)
    assert code == 0, printed
    branch_id = await open_restaurant(direct)
    code, printed = await run(KDS, "doctor", environment=environment)
    assert code == 0 and "All is well" in printed, printed

    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    logs = [(await programs.start(KDS, "serve", environment={**environment, "PORT": str(p)}))[1] for p in ports]
    for url in urls:
        await ready(http, url)
    token = await log_in(http, urls[0])
    async with AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(open_screen(http, url, token, since=0)) for url in urls]
        for screen in screens:
            await screen.take(2)
        # far more at once than the pooler has backends; each is a transaction of several statements
        orders = await asyncio.gather(*(order(http, urls[n % 2], branch_id, key=f"key-{n}") for n in range(60)))
        seen = [[message["orderId"] for message in await screen.take(60)] for screen in screens]
        assert seen[0] == seen[1] and sorted(seen[0]) == sorted(orders)
        await asyncio.gather(*(bump(http, urls[n % 2], token, order_id) for n, order_id in enumerate(orders)))
        last = await bump(http, urls[0], token, orders[0], "COMPLETED")
        await shown(screens, last["orderId"], "COMPLETED")
    for log in logs:
        assert faults_of_log(log.read_text()) == []
