"""The folder a demo lives in: its PostgreSQL, its signing key, and the lock that keeps a second demo out.

lock         held by the running demo
jwt-secret   the signing key, so that logins and tracking links outlive a restart; also the sign of a demo folder
unfinished   there while postgres is first made: what a killed first start leaves is made anew
postgres     the data of PostgreSQL
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from kds.config import secret_faults
from kds.errors import StartError

KILL_AFTER_S = 5.0


class DemoFolder:
    """One folder, for one demo at a time."""

    def __init__(self, path: Path) -> None:
        try:
            self.path = path.expanduser().resolve()
        except (RuntimeError, OSError) as error:  # ~ of nobody, or links in a circle
            raise StartError(f"cannot use {path}: {error}. Choose another --data-dir.") from error
        self.postgres = self.path / "postgres"
        self._secret = self.path / "jwt-secret"
        self._unfinished = self.path / "unfinished"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps every other demo out until the end; the lock ends with its process, however that ends.

        Raises:
            StartError: another demo runs here, or the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"cannot use {self.path}: {error.strerror}. Choose another --data-dir.") from error
        try:
            if not _take_lock(descriptor):
                raise StartError(f"another demo runs on {self.path}. Stop it, or choose another --data-dir.")
            yield
        finally:
            os.close(descriptor)

    def reset(self, report: Callable[[str], None]) -> None:
        """Deletes the demo data, and nothing else; ends the PostgreSQL of a killed demo first."""
        self._refuse_foreign_data()
        if not self._secret.exists():
            report(f"Nothing to delete in {self.path}.")
            return
        report(f"Deleting the database of the demo, with all its orders and logins, in {self.postgres}")
        self._delete_postgres()
        self._secret.unlink()

    def prepare(self) -> str:
        """Makes way for PostgreSQL, also where a first start was killed; the signing key.

        Raises:
            StartError: the folder holds the data of somebody else.
        """
        self._refuse_foreign_data()
        secret = self._keep_secret()
        if self._unfinished.exists():
            self._delete_postgres()
        if not self.postgres.exists():
            self._unfinished.touch()
        return secret

    def finish(self) -> None:
        """Notes that PostgreSQL's data is complete, so that the next start keeps it."""
        self._unfinished.unlink(missing_ok=True)

    def end_orphans(self) -> None:
        """Ends what works on PostgreSQL's data without a demo: after a kill -9, or an interrupted first start."""
        orphans = [process for process in psutil.process_iter() if self._works_here(process)]
        for process in orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                # PostgreSQL's "immediate shutdown": SIGTERM would wait for whoever is still connected
                process.terminate() if sys.platform == "win32" else process.send_signal(signal.SIGQUIT)
        _, left = psutil.wait_procs(orphans, KILL_AFTER_S)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, KILL_AFTER_S)

    def _keep_secret(self) -> str:
        if self._secret.exists():
            secret = self._secret.read_text(encoding="utf-8")
            if not secret_faults(secret):
                return secret
        secret = secrets.token_urlsafe(48)
        # before anything is in it
        self._secret.touch(mode=0o600)
        self._secret.write_text(secret, encoding="utf-8")
        return secret

    def _works_here(self, process: psutil.Process) -> bool:
        try:
            is_server = process.name().partition(".")[0] in {"postgres", "initdb", "pg_ctl"}
            return is_server and str(self.postgres) in process.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _delete_postgres(self) -> None:
        self.end_orphans()
        if self.postgres.exists():
            shutil.rmtree(self.postgres)

    def _refuse_foreign_data(self) -> None:
        if self.postgres.exists() and not self._secret.exists():
            raise StartError(f"{self.postgres} was not made by kds demo. Choose another --data-dir.")


def _take_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
