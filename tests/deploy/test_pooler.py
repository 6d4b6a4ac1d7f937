"""PgBouncer before the pool: in transaction mode with LISTEN_DATABASE_URL past it nothing of a session may be needed;
in session mode it may stand before everything; in transaction mode it never stands before LISTEN in silence.
"""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession

from kds.errors import Unavailable
from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from kds.web.login.queries import LoginQueries
from tests.deploy.conftest import Programs
from tests.deploy.kitchen import bump, log_in, open_restaurant, order, ready, shown
from tests.deploy.pooler import start_pooler
from tests.hardening.requests import faults_of_log
from tests.no_limits import NO_LIMITS
from tests.screen import open_screen
from tests.system_postgres import PASSWORD, SystemPostgres, free_port, run

KDS = Path(sys.executable).with_name("kds")


@pytest.fixture
def mode() -> str:
    """How the pooler of `pooled_url` shares its backends."""
    return "transaction"


@pytest.fixture
async def pooled_url(system_postgres: SystemPostgres, sold_role: str, programs: Programs, mode: str) -> str:
    """The URL of the database through a pooler that gives each transaction, or client, any of its backends."""
    port = await start_pooler(programs, system_postgres, [sold_role], sold_role, mode=mode)
    return f"postgres://{sold_role}:{PASSWORD}@127.0.0.1:{port}/{sold_role}?sslmode=disable"


async def test_a_restaurant_behind_a_pooler(
    environment: dict[str, str], pooled_url: str, programs: Programs, http: ClientSession
) -> None:
    direct = environment["DATABASE_URL"]
    environment |= {"DATABASE_URL": pooled_url, "LISTEN_DATABASE_URL": direct}
    environment |= {**NO_LIMITS, "POOL_SIZE": "10"}
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


@pytest.mark.parametrize("mode", ["session"])
async def test_a_pooler_in_session_mode_may_stand_before_everything(
    environment: dict[str, str], pooled_url: str, programs: Programs, http: ClientSession
) -> None:
    environment |= {"DATABASE_URL": pooled_url, "LISTEN_DATABASE_URL": ""}
    code, printed = await run(KDS, "migrate", environment=environment)
    assert code == 0, printed
    branch_id = await open_restaurant(pooled_url)
    code, printed = await run(KDS, "doctor", environment=environment)
    assert code == 0 and "All is well" in printed, printed
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    _, log = await programs.start(KDS, "serve", environment={**environment, "PORT": str(port)})
    await ready(http, url)
    token = await log_in(http, url)
    async with open_screen(http, url, token, since=0) as screen:
        await screen.take(2)
        order_id = await order(http, url, branch_id, key="key")
        assert (await screen.next())["orderId"] == order_id
    assert faults_of_log(log.read_text()) == []


async def test_a_pooler_in_transaction_mode_is_refused_where_a_session_is_needed(
    environment: dict[str, str], pooled_url: str
) -> None:
    direct = environment["DATABASE_URL"]
    code, printed = await run(KDS, "migrate", environment=environment | {"LISTEN_DATABASE_URL": ""})
    assert code == 0, printed
    wrong = environment | {"DATABASE_URL": pooled_url, "LISTEN_DATABASE_URL": "", "PORT": "0"}
    for command in (("migrate",), ("serve",), ("branch", "list")):
        code, printed = await run(KDS, *command, environment=wrong)
        assert code == 1 and "LISTEN_DATABASE_URL" in printed and "pooler" in printed, printed
        assert "Traceback" not in printed and PASSWORD not in printed
    # as an ordinary role, which may not know where the server's socket is
    code, printed = await run(KDS, "doctor", environment=wrong)
    assert code == 1 and "leads through a pooler in transaction mode" in printed, printed
    (mend,) = re.findall(r"(?m)^ +mend: (.*)$", printed)
    assert mend.startswith("export LISTEN_DATABASE_URL="), mend
    code, printed = await run("sh", "-ec", f"{mend}\necho $LISTEN_DATABASE_URL", environment=wrong)
    assert printed.strip().endswith(direct.rpartition("@")[2].partition("?")[0]), printed
    code, printed = await run(KDS, "doctor", environment=wrong | {"LISTEN_DATABASE_URL": direct})
    assert code == 0 and "All is well" in printed, printed


async def test_statements_lost_between_backends_are_no_fault_of_ours(
    environment: dict[str, str], pooled_url: str
) -> None:
    """The database was away when the process started, so nobody could refuse: requests meet a 503, never a 500."""
    code, printed = await run(KDS, "migrate", environment=environment | {"LISTEN_DATABASE_URL": ""})
    assert code == 0, printed
    pool = Pool(pooled_url, size=10, direct=True)
    logins = LoginQueries(pool, load_statements())
    await pool.open()
    refused: list[BaseException] = []
    try:
        for _ in range(
            100
        ):  # which backend a request meets is the pooler's choice: at last it is one without the statement
            asked = await asyncio.gather(
                *(logins.staff_by_name("chef") for _ in range(30)),
                *(logins.endings("1:1:") for _ in range(30)),
                return_exceptions=True,
            )
            refused += [answer for answer in asked if isinstance(answer, BaseException)]
            if refused:
                break
    finally:
        await pool.close()
    assert refused, "no statement was lost: the pooler keeps them, and this test proves nothing"
    assert {type(error) for error in refused} == {Unavailable}
