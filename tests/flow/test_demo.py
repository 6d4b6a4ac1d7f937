"""`kds demo` as a new user runs it: one command, the whole system, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from aiohttp import ClientSession

from kds.demo.folder import DemoFolder
from tests.flow.demos import (
    SEEN_WITHIN_S,
    START_WITHIN_S,
    Demo,
    StartDemo,
    demo_command,
    processes_of,
    run_to_end,
    running_on,
)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not below the folder of all runs of pytest: each of them, as it begins, closes that to PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
async def start_demo(tmp_path: Path) -> AsyncIterator[StartDemo]:
    """Starts demos and waits until they have printed everything; what a test leaves running is killed."""
    started: list[Demo] = []

    async def start(*flags: str, folder: str = "demo", port: int | None = 0) -> Demo:
        process = await asyncio.create_subprocess_exec(
            *demo_command(tmp_path / folder, *flags, port=port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        demo = Demo(process, tmp_path / folder, "")
        started.append(demo)
        assert process.stdout is not None
        async with asyncio.timeout(START_WITHIN_S):
            while "Ctrl-C" not in demo.printed:
                line = await process.stdout.readline()
                assert line, demo.printed
                demo.printed += line.decode()
        return demo

    yield start
    try:
        for demo in started:
            if demo.process.returncode is None:
                await demo.stop(signal.SIGTERM)
        assert processes_of(tmp_path) == []
    finally:
        for pid in running_on(tmp_path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def place(http: ClientSession, demo: Demo) -> Any:
    """Orders the first dish of the menu to table T1."""
    async with http.get(f"{demo.url}/public/branches/{demo.branch_id}/menu") as response:
        dish = (await response.json())["items"][0]
    body = {
        "branchId": demo.branch_id,
        "table": "T1",
        "items": [{"menuItemId": dish["menuItemId"], "quantity": 1}],
    }
    async with http.post(f"{demo.url}/public/order/place", json=body) as response:
        assert response.status == 201, await response.text()
        return await response.json()


async def open_orders(http: ClientSession, demo: Demo, token: str) -> list[Any]:
    """What the board of the demo shows."""
    async with http.get(f"{demo.url}/kitchen/orders", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status == 200, await response.text()
        orders: list[Any] = (await response.json())["orders"]
        return orders


async def login(http: ClientSession, demo: Demo, username: str = "chef", password: str = "chef-demo") -> Any:
    """Logs in with what the demo printed."""
    assert re.search(rf"{username} / {password}\b", demo.printed)
    body = {"username": username, "password": password}
    async with http.post(f"{demo.url}/staff/login", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_the_demo_prints_where_to_click_works_and_ends_with_nothing_left(
    start_demo: StartDemo, http: ClientSession
) -> None:
    demo = await start_demo("--no-simulate")
    for path in ("/", "/kitchen", "/readyz", f"/order/{demo.branch_id}?table=T1"):
        async with http.get(demo.url + path) as response:
            assert response.status == 200, path
    placed = await place(http, demo)
    token = (await login(http, demo))["token"]
    assert [order["orderId"] for order in await open_orders(http, demo, token)] == [placed["orderId"]]
    assert (await login(http, demo, "manager", "manager-demo"))["role"] == "MANAGER"
    postgres_pid = demo.postgres_pid()

    assert await demo.stop() == 0, demo.printed
    assert not psutil.pid_exists(postgres_pid)
    assert "Traceback" not in demo.printed


async def test_the_printed_psql_command_works_in_a_folder_with_an_awkward_name(start_demo: StartDemo) -> None:
    demo = await start_demo("--no-simulate", folder="it's 100% a demo")
    code, output = await run_to_end(*demo.psql, "-c", "SELECT name FROM branches")
    assert code == 0, output
    assert "Via Masala" in output


async def test_simulated_guests_bring_orders_to_the_board(start_demo: StartDemo, http: ClientSession) -> None:
    demo = await start_demo()
    token = (await login(http, demo))["token"]
    async with asyncio.timeout(SEEN_WITHIN_S):
        while len(await open_orders(http, demo, token)) < 6:
            await asyncio.sleep(0.1)
    assert await demo.stop() == 0, demo.printed
    assert "Traceback" not in demo.printed


async def test_a_rush_refuses_none_of_its_own_guests(start_demo: StartDemo, http: ClientSession) -> None:
    demo = await start_demo("--rush")
    token = (await login(http, demo))["token"]
    async with asyncio.timeout(SEEN_WITHIN_S):
        while "takeaway" not in {order["orderType"] for order in await open_orders(http, demo, token)}:
            await asyncio.sleep(0.1)
    assert await demo.stop() == 0, demo.printed
    assert "simulation waits" not in demo.printed


async def test_orders_and_logins_are_there_the_next_time(start_demo: StartDemo, http: ClientSession) -> None:
    demo = await start_demo("--no-simulate")
    placed = await place(http, demo)
    token = (await login(http, demo))["token"]
    assert await demo.stop(signal.SIGTERM) == 0, demo.printed

    again = await start_demo("--no-simulate")
    assert [order["orderId"] for order in await open_orders(http, again, token)] == [placed["orderId"]]
    assert await again.stop() == 0, again.printed


async def test_two_demos_in_two_folders_do_not_meet(start_demo: StartDemo, http: ClientSession) -> None:
    async with asyncio.TaskGroup() as starting:
        one = starting.create_task(start_demo("--no-simulate", folder="one"))
        other = starting.create_task(start_demo("--no-simulate", folder="other"))
    await place(http, one.result())
    token = (await login(http, other.result()))["token"]
    assert await open_orders(http, other.result(), token) == []


async def test_a_second_demo_in_the_same_folder_is_refused(start_demo: StartDemo, http: ClientSession) -> None:
    demo = await start_demo("--no-simulate")
    for flags in ((), ("--reset",)):
        code, output = await run_to_end(*demo_command(demo.folder, *flags))
        assert code == 1
        assert "another demo runs" in output
        assert "Traceback" not in output
    async with http.get(demo.url + "/readyz") as response:
        assert response.status == 200


async def test_after_a_kill_the_next_demo_takes_over_what_was_left(start_demo: StartDemo, http: ClientSession) -> None:
    demo = await start_demo("--no-simulate")
    placed = await place(http, demo)
    orphan = demo.postgres_pid()
    await demo.stop(signal.SIGKILL)
    assert psutil.pid_exists(orphan)

    again = await start_demo("--no-simulate")
    token = (await login(http, again))["token"]
    assert [order["orderId"] for order in await open_orders(http, again, token)] == [placed["orderId"]]
    assert await again.stop() == 0, again.printed
    assert not psutil.pid_exists(orphan)


async def test_a_pid_file_that_names_another_program_is_not_believed(start_demo: StartDemo) -> None:
    demo = await start_demo("--no-simulate")
    pid_file = demo.folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    assert await demo.stop() == 0, demo.printed
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = await start_demo("--no-simulate")
    assert again.postgres_pid() != os.getpid()


async def test_a_first_start_that_was_killed_is_made_anew(start_demo: StartDemo, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    process = await asyncio.create_subprocess_exec(*demo_command(folder), stdout=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(START_WITHIN_S):
        while not (folder / "postgres" / "PG_VERSION").exists():
            await asyncio.sleep(0.005)
    process.kill()
    await process.wait()
    demo = await start_demo("--no-simulate")
    assert await demo.stop() == 0, demo.printed


async def test_a_signal_during_the_first_start_ends_it_cleanly(start_demo: StartDemo, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    process = await asyncio.create_subprocess_exec(
        *demo_command(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(START_WITHIN_S):
        while not (folder / "postgres" / "PG_VERSION").exists():
            await asyncio.sleep(0.005)
        process.send_signal(signal.SIGINT)
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert processes_of(folder) == []
    await start_demo("--no-simulate")


async def test_reset_says_what_it_deletes_and_starts_with_an_empty_board(
    start_demo: StartDemo, http: ClientSession
) -> None:
    demo = await start_demo("--no-simulate")
    await place(http, demo)
    (demo.folder / "mine.txt").write_text("not of the demo")
    assert await demo.stop() == 0, demo.printed

    fresh = await start_demo("--no-simulate", "--reset")
    assert str(demo.folder / "postgres") in fresh.printed.partition("Starting")[0]
    token = (await login(http, fresh))["token"]
    assert await open_orders(http, fresh, token) == []
    assert (demo.folder / "mine.txt").exists()


async def test_reset_never_touches_a_folder_the_demo_did_not_make(tmp_path: Path) -> None:
    precious = tmp_path / "postgres" / "precious"
    precious.mkdir(parents=True)
    code, output = await run_to_end(*demo_command(tmp_path, "--reset"))
    assert code == 1
    assert "not made by kds demo" in output
    assert precious.exists()


def test_the_signing_key_stays_the_same_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    assert folder.prepare() == folder.prepare()
    assert stat.S_IMODE((tmp_path / "jwt-secret").stat().st_mode) == 0o600


async def test_a_taken_port_is_an_error_when_asked_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = await run_to_end(*demo_command(tmp_path / "demo", port=port))
    assert code == 1
    assert f"port {port}" in output
    assert "Traceback" not in output
    assert processes_of(tmp_path) == []


async def test_without_a_wish_a_taken_port_is_replaced_by_a_free_one(start_demo: StartDemo) -> None:
    try:
        taken = socket.create_server(("127.0.0.1", 8000))
    except OSError:
        taken = None  # somebody else holds it, which is as good
    try:
        demo = await start_demo("--no-simulate", port=None)
        assert "8000 is taken" in demo.printed
        assert not demo.url.endswith(":8000")
    finally:
        if taken is not None:
            taken.close()
