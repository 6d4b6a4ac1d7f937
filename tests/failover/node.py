"""One machine of the cluster: a PostgreSQL, its Patroni, and a network around them that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from tests.faults.proxy import Proxy
from tests.system_postgres import OWNER, PASSWORD, free_port

SETTINGS = {
    "ttl": 20,
    "loop_wait": 3,
    "retry_timeout": 3,
    "primary_start_timeout": 0,
    "synchronous_mode": True,
}
"""What sql/README.md advises. ttl: Patroni takes no less."""
PARAMETERS = {"max_connections": 100, "shared_buffers": "64MB", "log_checkpoints": "off"}
USER = OWNER if os.getuid() == 0 else getpass.getuser()
"""PostgreSQL refuses to run as root."""
AS_USER = (
    "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
) if os.getuid() == 0 else ()  # fmt: skip
"""That user, who may read our Python wherever root keeps it."""


class Node:
    """A machine by its name. Everybody comes to it, and it to etcd, through proxies that stand for its network."""

    def __init__(self, name: str, folder: Path, programs: Path, etcd_port: int) -> None:
        self.name = name
        self.folder = folder / name
        self._programs = programs
        self._ports = {what: free_port() for what in ("postgres", "patroni")}
        self._etcd_port = etcd_port
        self._proxies = {what: Proxy(port) for what, port in [*self._ports.items(), ("etcd", etcd_port)]}
        self._outside: dict[str, int] = {}
        self._patroni: asyncio.subprocess.Process | None = None

    @property
    def port(self) -> int:
        """Where clients find its PostgreSQL."""
        return self._outside["postgres"]

    @property
    def control_url(self) -> str:
        """Its Patroni, whatever the network does."""
        return f"http://127.0.0.1:{self._ports['patroni']}"

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Its PostgreSQL, whatever the network does."""
        return f"postgres://postgres:{PASSWORD}@127.0.0.1:{self._ports['postgres']}/{database}?sslmode=disable"

    async def open(self) -> None:
        """Lays its network and writes its configuration."""
        for what, proxy in self._proxies.items():
            self._outside[what] = int((await proxy.start()).rpartition(":")[2])
        self.folder.mkdir()
        (self.folder / "patroni.json").write_text(json.dumps(self._configuration()), encoding="utf-8")
        if os.getuid() == 0:
            for path in (self.folder, self.folder / "patroni.json"):
                shutil.chown(path, USER)

    def _configuration(self) -> dict[str, Any]:
        return {
            "scope": "kds",
            "name": self.name,
            "restapi": {
                "listen": f"127.0.0.1:{self._ports['patroni']}",
                "connect_address": f"127.0.0.1:{self._outside['patroni']}",
            },
            # or it would ask etcd where it is, and go there past the proxy
            "etcd3": {"hosts": [f"127.0.0.1:{self._outside['etcd']}"], "use_proxies": True},
            "bootstrap": {
                "dcs": {**SETTINGS, "postgresql": {"use_pg_rewind": True, "parameters": PARAMETERS}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "no-sync"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self._ports['postgres']}",
                "connect_address": f"127.0.0.1:{self._outside['postgres']}",
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(self._programs),
                "pgpass": str(self.folder / "pgpass"),
                "pg_hba": [
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication all 127.0.0.1/32 scram-sha-256",
                ],
                "authentication": {
                    "superuser": {"username": "postgres", "password": PASSWORD},
                    "replication": {"username": "replicator", "password": PASSWORD},
                },
                "parameters": {"unix_socket_directories": str(self.folder)},
            },
        }

    async def start(self) -> None:
        """Starts its Patroni, which starts PostgreSQL."""
        with (self.folder / "log").open("ab") as log:
            self._patroni = await asyncio.create_subprocess_exec(
                *AS_USER, sys.executable, "-m", "patroni", self.folder / "patroni.json",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                # Patroni writes a traceback of its own when its PostgreSQL is killed; those of the servers are watched
                env={**os.environ, "HOME": str(self.folder), "PYTHONPATH": ""},
            )  # fmt: skip

    # What can happen to it

    def kill_postgres(self) -> None:
        """The postmaster alone dies; Patroni sees it."""
        if postmaster := self._postmaster():
            postmaster.kill()

    async def die(self) -> None:
        """The machine loses its power: nothing of it says good-bye."""
        self.cut_off()
        self._signal(signal.SIGKILL)
        if self._patroni is not None:
            await self._patroni.wait()

    def freeze(self) -> None:
        """Every process stands still; the kernel takes connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """They go on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def cut_off(self) -> None:
        """Its network swallows everything, both ways."""
        for proxy in self._proxies.values():
            proxy.black_hole()

    def mend_network(self) -> None:
        """A good network again; what was on its way arrives late."""
        for proxy in self._proxies.values():
            proxy.heal()

    def lose_links(self) -> None:
        """Ends what was connected, as a machine does that starts anew."""
        for proxy in self._proxies.values():
            proxy.reset()

    async def revive(self) -> None:
        """A machine that died is switched on again."""
        self.lose_links()
        self.mend_network()
        await self.start()

    async def close(self) -> None:
        """Ends everything of it."""
        self.thaw()
        await self.die()
        for proxy in self._proxies.values():
            await proxy.stop()

    def _signal(self, number: signal.Signals) -> None:
        for process in list(self._processes()):
            with contextlib.suppress(psutil.NoSuchProcess):  # it went with its parent
                process.send_signal(number)

    def _processes(self) -> Iterator[psutil.Process]:
        """Its processes, Patroni and the postmaster before their children, so that none makes another."""
        roots = [self._postmaster()]
        if self._patroni is not None and self._patroni.returncode is None:
            roots.insert(0, psutil.Process(self._patroni.pid))
        for root in roots:
            if root is not None:
                yield root
                yield from root.children(recursive=True)

    def _postmaster(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))
            return process if process.name().startswith("postgres") else None
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return None
