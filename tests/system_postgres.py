"""The PostgreSQL of the system's packages, as a deployment has it: over TCP, with password and TLS, no superuser.

The wheel's servers are built without TLS; Debian's is the third version that the tests run on.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

OWNER = "postgres"
PASSWORD = "not-a-secret-of-anybody"
CERTIFIED_NAME = "db.kitchen.example"
"""No resolver knows it."""
HBA = """
local all all trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""
"""Over TCP nobody comes in without TLS and a password."""


def programs() -> Path | None:
    """Where the newest system server is, None when there is none."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), *Path("/usr/pgsql").glob("*/bin/pg_ctl")]
    if not found and (in_path := shutil.which("pg_ctl")):
        found = [Path(in_path).resolve()]
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], default=None)


def required(program: str, found: object) -> None:
    """Skips without a program that the system's packages bring; fails where they must be, as in CI."""
    if found is None:
        reason = f"{program} is not installed here: .ci/run says from which package it comes"
        if os.environ.get("KDS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and CERTIFIED_NAME, and its key, as managed databases have them."""
    certificate, key = folder / "server.crt", folder / "server.key"
    wanted = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    files = [
        "-addext",
        f"subjectAltName=IP:127.0.0.1,DNS:{CERTIFIED_NAME}",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(["openssl", "req", *wanted.split(), *files], check=True, capture_output=True)
    return certificate, key


class SystemPostgres:
    """One server on a folder of its own, which must not be one that only root may enter."""

    def __init__(self, folder: Path, *, tcp: bool = True) -> None:
        found = programs()
        required("PostgreSQL", found)
        assert found is not None
        self.bin_path = found.parent
        # the number also names the Unix socket
        self.port = free_port() if tcp else 5432
        self._addresses = "127.0.0.1" if tcp else ""
        self.folder = folder
        # PostgreSQL refuses to run as root
        self._user = OWNER if os.getuid() == 0 else getpass.getuser()

    def start(self, settings: Mapping[str, object]) -> None:
        """Makes the data folder, then the server, with TLS."""
        certificate, key = make_certificate(self.folder)
        if os.getuid() == 0:
            for path in (self.folder, certificate, key):
                shutil.chown(path, self._user)
        self.folder.chmod(0o700)
        key.chmod(0o600)
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        lines = {
            "listen_addresses": self._addresses,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "ssl": "on",
            "ssl_cert_file": certificate,
            "ssl_key_file": key,
            **settings,
        }
        with (data / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
        (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        self._run("pg_ctl", "-D", data, "-w", "-l", self.folder / "log", "start")

    def stop(self) -> None:
        """Stops it at once."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def restart(self, options: str) -> None:
        """Starts it anew, with these options on its command line."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-o", options, "-l", self.folder / "log", "restart")

    def superuser_dsn(self, database: str = "postgres") -> str:
        """As the tests come in: over the Unix socket."""
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def tls_dsn(self, role: str, database: str, scheme: str = "postgres") -> str:
        """As a platform hands it to a deployment."""
        return f"{scheme}://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}?sslmode=require"

    def _run(self, program: str, *arguments: object) -> None:
        result = subprocess.run(
            [str(self.bin_path / program), *map(str, arguments)],
            user=self._user if os.getuid() == 0 else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
        )
        assert result.returncode == 0, (program, result.stderr)


async def run(*command: object, environment: Mapping[str, str], within_s: float = 60) -> tuple[int, str]:
    """Runs a program to its end; exit code and everything it printed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(within_s):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()
