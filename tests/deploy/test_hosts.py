"""Of several hosts in a database URL the primary is found, whatever the others do, and wherever it was before."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from kds.errors import Unavailable
from kds.postgres import hosts as postgres_hosts
from kds.postgres.connect import CONNECTION_ERRORS, connect, create_pool, reason
from kds.postgres.hosts import Primary
from kds.postgres.pool import Pool
from kds.postgres.url.address import Host, read_address
from tests.system_postgres import SystemPostgres, free_port, run

KDS = Path(sys.executable).with_name("kds")


@pytest.fixture(scope="module")
def read_only_server() -> Iterator[SystemPostgres]:
    """A server that takes no writes, as a standby."""
    with tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as folder:
        server = SystemPostgres(Path(folder))
        server.start({"default_transaction_read_only": "on", "shared_buffers": "16MB", "log_connections": "on"})
        try:
            yield server
        finally:
            server.stop()


@pytest.mark.parametrize("form", ["in front", "as parameters"])
async def test_of_several_hosts_the_one_that_takes_writes_is_meant(
    system_postgres: SystemPostgres, read_only_server: SystemPostgres, form: str
) -> None:
    folders = [str(server.folder) for server in (read_only_server, read_only_server, system_postgres)]
    ports = [str(port) for port in (free_port(), read_only_server.port, system_postgres.port)]
    if form == "in front":
        hosts = ",".join(f"{quote(folder, safe='')}:{port}" for folder, port in zip(folders, ports, strict=True))
        url = f"postgres://postgres@{hosts}/postgres"
    else:
        url = f"postgres://postgres@/postgres?host={','.join(folders)}&port={','.join(ports)}"
    connection = await connect(url, "kds-check", timeout_s=10)
    assert await connection.fetchval("SHOW port") == str(system_postgres.port)
    connection.terminate()
    pool = await create_pool(url, size=1, command_timeout_s=5, direct=True)
    try:
        assert await pool.fetchval("SHOW port") == str(system_postgres.port)
    finally:
        await pool.close()
    with pytest.raises(CONNECTION_ERRORS):
        await connect(url.replace(str(system_postgres.port), str(free_port())), "kds-check", timeout_s=10)


async def test_a_mute_host_costs_nothing(system_postgres: SystemPostgres, sold_role: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = system_postgres.tls_dsn(sold_role, sold_role).replace(
            "@127.0.0.1", f"@127.0.0.1:{mute.getsockname()[1]},127.0.0.1"
        )
        # one after the other, the first would take the time of all
        connection = await connect(url, "kds-check", timeout_s=10)
        assert await connection.fetchval("SHOW port") == str(system_postgres.port)
        connection.terminate()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert tasks == [], "an attempt goes on behind the one that won"


def of_hosts(*hosts: tuple[object, int], rest: str = "") -> str:
    """A URL of these hosts and ports, or folders and ports."""
    names, ports = ",".join(quote(str(name)) for name, _ in hosts), ",".join(str(port) for _, port in hosts)
    return f"postgres://postgres@/postgres?host={names}&port={ports}{rest}"


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A server that answers nobody: what is frozen lets its kernel take connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def asked(mute: socket.socket) -> int:
    """How often it was asked since the last look."""
    times = 0
    while True:
        try:
            mute.accept()[0].close()
        except BlockingIOError:
            return times
        times += 1


async def test_the_last_primary_is_asked_first(
    system_postgres: SystemPostgres, mute: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = of_hosts(("127.0.0.1", mute.getsockname()[1]), (system_postgres.folder, system_postgres.port))
    primary = Primary()
    for expected in (1, 0, 0):
        connection = await connect(url, "kds-check", timeout_s=30, primary=primary)
        connection.terminate()
        assert asked(mute) == expected
        # from now on the second is asked only when the first has refused, however slow it is
        monkeypatch.setattr(postgres_hosts, "NEXT_HOST_AFTER_S", 60)


async def test_a_host_becomes_the_primary_while_another_is_mute(
    read_only_server: SystemPostgres, mute: socket.socket
) -> None:
    url = of_hosts(("127.0.0.1", mute.getsockname()[1]), (read_only_server.folder, read_only_server.port))
    connecting = asyncio.create_task(connect(url, "kds-check", timeout_s=60))
    admin = await asyncpg.connect(read_only_server.superuser_dsn())
    try:
        log = read_only_server.folder / "log"
        while log.read_text().count("connection authorized") < 2 and not connecting.done():  # ours, and an attempt
            await asyncio.sleep(0.02)
        assert not connecting.done(), "it took one that takes no writes"
        await admin.execute("ALTER SYSTEM SET default_transaction_read_only = off")
        await admin.execute("SELECT pg_reload_conf()")
        connection = await connecting
        assert await connection.fetchval("SHOW port") == str(read_only_server.port)
        connection.terminate()
    finally:
        await admin.execute("SET default_transaction_read_only = off")
        await admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()


async def test_each_host_says_why_it_is_not_the_one(
    read_only_server: SystemPostgres, mute: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_hosts, "ASK_AGAIN_S", 60)  # or the time may be over while one is asked again
    closed = free_port()
    hosts = [("127.0.0.1", closed), (read_only_server.folder, read_only_server.port), mute.getsockname()]
    with pytest.raises(CONNECTION_ERRORS) as refused:
        await connect(of_hosts(*hosts), "kds-check", timeout_s=1)
    told = reason(refused.value).split("; ")
    assert [text.partition(" ")[0] for text in told] == [f"{name}:{port}" for name, port in hosts]
    assert "ConnectionRefusedError" in told[0] and "takes no writes" in told[1] and "no answer in 1 s" in told[2]
    # one host speaks for itself, as it always did
    with pytest.raises(ConnectionRefusedError) as alone:
        await connect(of_hosts(("127.0.0.1", closed)), "kds-check", timeout_s=10)
    assert reason(alone.value).startswith("ConnectionRefusedError")


async def test_links_to_where_the_primary_was_are_ended(
    system_postgres: SystemPostgres, read_only_server: SystemPostgres
) -> None:
    primary = Primary()
    old, new = [
        await connect(of_hosts((server.folder, server.port)), "kds-check", timeout_s=30, primary=primary)
        for server in (read_only_server, system_postgres)
    ]
    asking = asyncio.create_task(old.execute("SELECT pg_sleep(600)"))
    await asyncio.sleep(0)
    primary.end_links_elsewhere(new)
    with pytest.raises(CONNECTION_ERRORS):
        await asking
    assert old.is_closed()
    assert await new.fetchval("SHOW port") == str(system_postgres.port)
    new.terminate()


async def test_the_link_that_found_another_primary_stays_although_the_old_one_is_met_again(
    system_postgres: SystemPostgres, read_only_server: SystemPostgres
) -> None:
    """A split brain: the old primary takes writes still, and the pool met it after the listener met the new one."""
    primary = Primary()
    new, old = [
        await connect(of_hosts((server.folder, server.port)), "kds-check", timeout_s=30, primary=primary)
        for server in (system_postgres, read_only_server)
    ]
    primary.end_links_elsewhere(new)
    assert old.is_closed() and not new.is_closed()
    both = of_hosts(*((server.folder, server.port) for server in (read_only_server, system_postgres)))
    assert next(host.port for host in primary.in_turn(read_address(both))) == system_postgres.port
    new.terminate()


class _Cancels(Primary):
    """Cancels who connects, as a request ends that needs no link any more, when the primary has just been met."""

    link: Any = None

    def met(self, host: Host, link: Any) -> None:
        super().met(host, link)
        self.link = link
        task = asyncio.current_task()
        assert task is not None
        task.cancel()


async def test_who_is_cancelled_when_the_primary_is_found_leaves_no_link(
    system_postgres: SystemPostgres, mute: socket.socket
) -> None:
    primary = _Cancels()
    url = of_hosts(mute.getsockname(), (system_postgres.folder, system_postgres.port))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(connect(url, "kds-check", timeout_s=30, primary=primary))
    assert primary.link.is_closed()


async def test_doctor_looks_at_every_host(system_postgres: SystemPostgres, read_only_server: SystemPostgres) -> None:
    closed = ("127.0.0.1", free_port())
    servers = [(server.folder, server.port) for server in (read_only_server, system_postgres)]
    environment = {
        "DATABASE_URL": of_hosts(closed, *servers),
        "JWT_SECRET": "of nobody: only what is asked for, so long",
    }
    code, printed = await run(KDS, "doctor", environment=environment)
    places = [f"{name}:{port}" for name, port in (closed, *servers)]
    assert code == 1 and f"{places[0]} does not answer (ConnectionRefusedError" in printed, printed
    assert f"mend: pg_isready -h {closed[0]} -p {closed[1]}" in printed
    assert f"{places[1]} takes no writes" in printed
    assert f"{places[2]} is the primary, commits wait for no standby" in printed
    code, printed = await run(KDS, "doctor", environment=environment | {"DATABASE_URL": of_hosts(*servers[1:])})
    assert "primary" not in printed, "one host needs no word"


async def test_a_database_that_is_away_is_asked_by_one_for_all(mute: socket.socket) -> None:
    pool = Pool(of_hosts(mute.getsockname(), rest="&connect_timeout=60"), size=3, direct=True)
    await pool.open()
    try:
        for most in (3 + 1, 1):  # the first to come, and who connects for all from then on
            answers = await asyncio.gather(*(pool.value("SELECT 1") for _ in range(100)), return_exceptions=True)
            assert {type(answer) for answer in answers} == {Unavailable}
            assert asked(mute) <= most
    finally:
        await pool.close()
