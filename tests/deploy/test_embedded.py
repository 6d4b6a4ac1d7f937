"""The demo's PostgreSQL trusts whoever reaches its socket: nobody else does, however long the path of its data is."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from kds.postgres.embedded import EmbeddedPostgres
from tests.system_postgres import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no Unix sockets")


@pytest.fixture(params=["short", "long"])
def data_dir(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for the data, whose own path is short enough for a socket or not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        if os.getuid() == 0:
            path.chmod(0o711)
        yield path / ("restaurant " * 9 if request.param == "long" else "") / "data"


def socket_folder(postgres: EmbeddedPostgres) -> Path:
    """Where its socket is."""
    return Path(parse_qs(urlsplit(postgres.dsn()).query)["host"][0])


def is_gone(folder: Path, data_dir: Path) -> bool:
    """Whether a folder that was made for a socket was removed; the data's own stays."""
    return folder == data_dir.resolve() or not folder.exists()


async def test_only_its_user_enters_the_folder_of_the_socket(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir)
    postgres.start()
    try:
        folder = socket_folder(postgres)
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0, oct(folder.stat().st_mode)
        connection = await asyncpg.connect(postgres.dsn())
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        if os.getuid() == 0:
            there = shlex.quote(str(folder / ".s.PGSQL.5432"))
            code, printed = await run(
                "setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", f"test -e {there}", environment={}
            )
            assert code == 1, printed
    finally:
        postgres.stop()
    assert is_gone(folder, data_dir)


def test_a_killed_server_leaves_no_folder_once_it_is_started_again(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir)
    postgres.start()
    folder = socket_folder(postgres)
    server = psutil.Process(postgres.pid())
    children = server.children(recursive=True)
    server.send_signal(signal.SIGKILL)
    psutil.wait_procs([server, *children], timeout=20)
    again = EmbeddedPostgres(data_dir)
    again.start()
    second = socket_folder(again)
    again.stop()
    assert is_gone(second, data_dir)
    assert is_gone(folder, data_dir)


def test_a_process_that_had_a_server_leaves_nothing_behind(data_dir: Path) -> None:
    folder = data_dir.parent
    script = (
        "import shutil, sys; from pathlib import Path; from kds.postgres.embedded import EmbeddedPostgres as P; "
        "d = Path(sys.argv[1]); p = P(d); p.start(); p.stop(); shutil.rmtree(d.parent)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(data_dir)], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not folder.exists()
