"""What befalls a database server: its disk fills, a standby that was behind is promoted, a dump is restored.

The last two take committed orders back: `Restaurant.taken_back` notes when, for the checker to forgive those alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from kds.postgres.embedded import EmbeddedPostgres
from tests.faults.restaurant import Restaurant

BEHIND_S = 5.0
"""The most that a standby or a dump is behind."""
READ_ONLY_S = 1.0
"""How long everybody meets the standby before it is promoted."""


async def kill_postgres(restaurant: Restaurant, for_s: float) -> None:
    """kill -9 postgres, restart."""
    os.kill(restaurant.postgres.pid(), signal.SIGKILL)
    await asyncio.sleep(min(for_s, 5.0))
    await _start(restaurant.postgres)


async def fill_disk(restaurant: Restaurant, for_s: float) -> None:
    """Disk full under PostgreSQL."""
    ballast = restaurant.disk / "ballast"
    await asyncio.to_thread(_fill, ballast)
    await asyncio.sleep(for_s)
    ballast.unlink()
    await _start(restaurant.postgres)  # it may have given up


async def promote_standby(restaurant: Restaurant, for_s: float) -> None:
    """Standby promoted, commits lost."""
    postgres, data = restaurant.postgres, restaurant.postgres.data_dir
    began = time.time()
    standby = data.with_name("standby")
    standby.mkdir(mode=0o700)
    shutil.chown(standby, data.stat().st_uid, data.stat().st_gid)
    await _run(postgres, "pg_basebackup", "-c", "fast", "-D", str(standby), "-d", postgres.dsn())
    await asyncio.sleep(min(for_s, BEHIND_S))
    sockets = parse_qs(urlsplit(postgres.dsn()).query)["host"][0]
    os.kill(postgres.pid(), signal.SIGKILL)
    await _patiently(asyncio.to_thread, shutil.rmtree, data)  # its children end a moment later
    standby.rename(data)
    (data / "standby.signal").touch()
    log = str(data / "log")
    await _patiently(_run, postgres, "pg_ctl", "-D", str(data), "-o", f"-h '' -k {sockets}", "-l", log, "-w", "start")
    await asyncio.sleep(READ_ONLY_S)
    await _run(postgres, "pg_ctl", "-D", str(data), "-w", "promote")
    await _start(postgres)
    restaurant.taken_back.append((began, time.time()))


async def restore_dump(restaurant: Restaurant, for_s: float) -> None:
    """Restored from a dump."""
    postgres = restaurant.postgres
    began = time.time()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        dump = str(Path(folder) / "campaign.dump")
        await _run(postgres, "pg_dump", "-Fc", "-f", dump, "-d", restaurant.dsn)
        await asyncio.sleep(min(for_s, BEHIND_S))
        connection = await asyncpg.connect(postgres.dsn())
        try:
            await connection.execute("CREATE DATABASE restored")
            await _run(postgres, "pg_restore", "--exit-on-error", "-d", postgres.dsn("restored"), dump)
            await connection.execute("ALTER DATABASE campaign ALLOW_CONNECTIONS false")
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'campaign'"
            )
            await connection.execute("ALTER DATABASE campaign RENAME TO lost")
            await connection.execute("ALTER DATABASE restored RENAME TO campaign")
            await connection.execute("DROP DATABASE lost WITH (FORCE)")
        finally:
            connection.terminate()
    restaurant.taken_back.append((began, time.time()))


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):  # no space left
        while file.write(bytes(2**20)):
            pass


async def _start(postgres: EmbeddedPostgres) -> None:
    await _patiently(asyncio.to_thread, postgres.start)


async def _patiently(call: Any, *arguments: Any) -> None:
    """Tries again while a killed server's children, or the zombie it left, are not gone yet."""
    for attempt in range(10):
        try:
            await call(*arguments)
            return
        except Exception:  # whatever pg_ctl said
            if attempt == 9:
                raise
            await asyncio.sleep(1)


async def _run(postgres: EmbeddedPostgres, program: str, *arguments: str) -> None:
    """One program of the server, as the owner of its data; what it said is in the error."""
    owner = postgres.data_dir.stat()
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            str(postgres.bin_path / program), *arguments, user=owner.st_uid, group=owner.st_gid, cwd="/",
            stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
        if await process.wait():
            said.seek(0)
            raise RuntimeError(f"{program}: {said.read().decode()[-2000:]}")
