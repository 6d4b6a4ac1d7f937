"""kds/deploy/kds.service: what systemd says of it, and that it outlives a database that comes late."""

from __future__ import annotations

import asyncio
import configparser
import re
import shutil
import sys
from collections import deque
from pathlib import Path

import pytest

from kds.config import Config
from tests.deploy.conftest import ROOT
from tests.patience import eventually
from tests.system_postgres import SystemPostgres, free_port, required, run

UNIT = ROOT / "kds/deploy/kds.service"


def read_unit() -> configparser.ConfigParser:
    """The unit; of what stands twice, the last."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return unit


def test_it_starts_migrates_and_ends_in_time() -> None:
    service = read_unit()["Service"]
    assert service["ExecStartPre"].endswith("/kds migrate") and service["ExecStart"].endswith("/kds serve")
    assert service["Restart"] == "always" and int(service["TimeoutStopSec"]) > Config("", "").shutdown_s
    assert int(service["LimitNOFILE"]) > Config("", "").max_sockets
    assert service["TimeoutStartSec"] == "infinity", "a long migration is not killed and begun anew"
    assert read_unit()["Unit"]["Description"]


async def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    required("systemd-analyze", analyze)
    assert analyze is not None
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"/opt/kds/bin/kds", "/bin/true", UNIT.read_text(encoding="utf-8")))
    code, printed = await run(analyze, "verify", "--man=no", unit, environment={})
    assert (code, printed) == (0, ""), printed
    code, printed = await run(analyze, "security", "--offline=true", "--no-pager", unit, environment={})
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", printed)
    assert exposure is not None and float(exposure[1]) < 2, printed


async def test_a_database_that_comes_late_is_waited_for(
    system_postgres: SystemPostgres, sold_role: str, environment: dict[str, str]
) -> None:
    """As systemd does it: ExecStartPre again and again, until the limit of starts, if the unit leaves one."""
    unit = read_unit()
    interval_s = float(unit["Unit"].get("StartLimitIntervalSec", "10"))
    burst = int(unit["Unit"].get("StartLimitBurst", "5"))
    command = [sys.executable, "-m", "kds", unit["Service"]["ExecStartPre"].rpartition("/kds ")[2]]
    port, loop = free_port(), asyncio.get_running_loop()
    url = system_postgres.tls_dsn(sold_role, sold_role)
    late = environment | {"DATABASE_URL": url.replace(f":{system_postgres.port}/", f":{port}/")}
    starts: deque[float] = deque(maxlen=burst)
    failed = 0

    async def start_until_it_works() -> None:
        nonlocal failed
        while True:
            if interval_s and len(starts) == burst and loop.time() - starts[0] < interval_s:
                pytest.fail("start-limit-hit: the unit failed for good")
            starts.append(loop.time())
            code, printed = await run(*command, environment=late)
            if code == 0:
                return
            assert code == 1 and "cannot reach the database" in printed, printed
            failed += 1
            await asyncio.sleep(min(0.1, float(unit["Service"]["RestartSec"])))

    async def failed_often() -> bool:
        return failed > burst

    trying = asyncio.create_task(start_until_it_works())
    try:
        async with asyncio.timeout(180):
            waiting = asyncio.create_task(eventually(failed_often, within_s=150))
            await asyncio.wait({trying, waiting}, return_when=asyncio.FIRST_COMPLETED)
            assert not trying.done(), trying.result()
            await waiting
            # the database comes, at this address
            relay = await asyncio.start_server(lambda r, w: _forward(r, w, system_postgres.port), "127.0.0.1", port)
            async with relay:
                await trying
    finally:
        trying.cancel()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
        sink.close()

    await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)
