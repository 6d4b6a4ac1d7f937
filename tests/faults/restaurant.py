"""What a campaign is waged against: PostgreSQL, servers on fixed ports, networks, screens. All can be hurt."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import asyncpg
import psutil  # type: ignore[import-untyped]

from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from tests.faults.proxy import Proxy
from tests.no_limits import NO_LIMITS

JWT_SECRET = "a secret of the campaign, 32 bytes long or more"
SETTINGS = {"max_connections": 200, "shared_buffers": "128MB"}
LIMITS = {
    name: "100000"
    for name in ("MAX_SOCKETS_PER_ADDRESS", "MAX_SOCKETS_PER_USER", "MAX_SOCKETS_PER_BRANCH", "EVENTS_KEPT_MINUTES")
} | NO_LIMITS
DISK_BYTES = 3 * 2**30
AUDIT = """
CREATE TABLE campaign_transitions (order_id uuid, was text, becomes text);
CREATE FUNCTION campaign_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO campaign_transitions VALUES (NEW.id, OLD.status, NEW.status); RETURN NULL; END $$;
CREATE TRIGGER campaign_audit AFTER UPDATE OF status ON kots FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION campaign_audit();
"""
"""Of KOTs: the status of an order follows from theirs, and may jump."""


class Resources(NamedTuple):
    """What a server process holds."""

    descriptors: int
    tasks: int
    memory_mb: float


class ServerProcess:
    """One `kds serve` that comes back on the same port, with a network in front of it."""

    def __init__(self, dsn: str, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.proxy = Proxy(self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._dsn = dsn
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it; returns when it listens."""
        environment = {
            "DATABASE_URL": self._dsn, "JWT_SECRET": JWT_SECRET, "HOST": "127.0.0.1", "PORT": str(self.port), **LIMITS,
        }  # fmt: skip
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kds", "serve", env={**os.environ, **environment},
                stdout=asyncio.subprocess.PIPE, stderr=output, start_new_session=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            assert b"kds serves on" in await self.process.stdout.readline(), self.log.read_text()[-2000:]

    async def end(self, number: int) -> None:
        """Sends a signal and waits for the end."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(20):
            await self.process.wait()

    def signal(self, number: int) -> None:
        """Sends a signal that does not end it."""
        assert self.process is not None
        self.process.send_signal(number)

    async def resources(self) -> Resources:
        """What the process holds now."""
        assert self.process is not None
        seen = psutil.Process(self.process.pid)
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            tasks = re.search(r"(?m)^kds_tasks (\S+)", await answer.text())
        assert tasks is not None
        return Resources(seen.num_fds(), int(float(tasks[1])), seen.memory_info().rss / 1e6)


class Restaurant:
    """Everything together, in one folder."""

    def __init__(self, folder: Path, branches: int, processes: int) -> None:
        self.folder = folder
        self.disk = folder / "disk"
        """Of PostgreSQL; one small enough to fill where this user may mount it."""
        self.has_small_disk = _mount_small_disk(self.disk)
        self.postgres = EmbeddedPostgres(self.disk / "postgres", settings=SETTINGS)
        self._branch_count = branches
        self._process_count = processes
        self.servers: list[ServerProcess] = []
        self.canaries: dict[str, str] = {}
        self.dishes: dict[str, str] = {}
        self.screens: dict[str, asyncio.subprocess.Process] = {}
        self.urls: list[str] = []
        self.taken_back: list[tuple[float, float]] = []
        """From when to when, in seconds since the epoch, what was committed may be gone again."""

    @property
    def dsn(self) -> str:
        """The database."""
        return self.postgres.dsn("campaign")

    async def open(self) -> None:
        """Starts PostgreSQL and the servers."""
        await asyncio.to_thread(self.postgres.start)
        connection = await asyncpg.connect(self.postgres.dsn())
        await connection.execute("CREATE DATABASE campaign")
        await connection.close()
        await migrate(self.dsn, lambda line: None)
        connection = await asyncpg.connect(self.dsn)
        await connection.execute(AUDIT)
        for number in range(1, self._branch_count + 1):
            canary = f"B{number:03d}"
            branch = str(await connection.fetchval("INSERT INTO branches (name) VALUES ($1) RETURNING id", canary))
            self.canaries[branch] = canary
            self.dishes[branch] = str(
                await connection.fetchval(
                    "INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'Raita', 450) RETURNING id",
                    branch,
                )
            )
        await connection.close()
        for number in range(self._process_count):
            server = ServerProcess(self.dsn, self.folder / f"serve-{number}.log")
            self.servers.append(server)
            await server.start()
            self.urls.append(await server.proxy.start())

    async def open_screens(self, name: str, per_branch: int) -> None:
        """Starts a process with so many screens for each branch; returns when all have their boards."""
        branches = self.folder / "branches.json"
        branches.write_text(json.dumps(list(self.canaries)), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.screens", str(self.folder), name, JWT_SECRET, str(per_branch),
            str(branches), *self.urls,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20, start_new_session=True,
        )  # fmt: skip
        self.screens[name] = process
        assert process.stdout is not None
        async with asyncio.timeout(120):
            assert await process.stdout.readline() == b"ready\n"

    async def close_screens(self) -> None:
        """Lets every screen write its board and go."""
        for process in self.screens.values():
            await process.communicate(b"\n")
        self.screens.clear()

    async def close(self) -> None:
        """Ends everything that was started."""
        for process in self.screens.values():
            if process.returncode is None:
                process.kill()
                await process.wait()
        for server in self.servers:
            await server.proxy.stop()
            if server.process is not None and server.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    server.process.send_signal(signal.SIGCONT)
                await server.end(signal.SIGKILL)
        try:
            await asyncio.to_thread(self.postgres.stop)
        finally:
            if self.has_small_disk:
                await (await asyncio.create_subprocess_exec("umount", "--lazy", str(self.disk))).wait()

    async def sql(self, statement: str, *arguments: Any) -> Any:
        """One statement on a connection of its own; the first value."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            connection.terminate()


def _mount_small_disk(folder: Path) -> bool:
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "kds-campaign", str(folder))
    return sys.platform == "linux" and subprocess.run(mount, capture_output=True).returncode == 0
