"""PostgreSQL servers on which tests may create databases: the wheel's, by version, or the system's."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from kds.demo.restaurant import load_restaurant
from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from tests.system_postgres import SystemPostgres, programs

NEWEST = "18"
OLDER = "16" if programs() is None else "system"
"""Beside the newest one tests/sql runs on the oldest there is: Debian 12 has 15, the least that is supported."""
KDS_TEST_POSTGRES = os.environ.get("KDS_TEST_POSTGRES", NEWEST)
TEST_SETTINGS = {"fsync": "off", "max_connections": 400, "shared_buffers": "64MB", "max_wal_senders": 4}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server on which tests may create databases."""

    admin_dsn: str
    bin_path: Path | None = None

    def dsn(self, database: str) -> str:
        """The URL of one of its databases."""
        return urlunsplit(urlsplit(self.admin_dsn)._replace(path="/" + database))

    async def create(self, database: str, template: str = "template1") -> str:
        """A new database, copied from a template; its URL."""
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        return self.dsn(database)

    def program(self, name: str) -> str:
        """Where a client program such as psql is: the one that came with this server, or the system's."""
        found = str(self.bin_path / name) if self.bin_path is not None else shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed here, and the server at KDS_TEST_DATABASE_URL brings none")
        return found

    async def drop(self, database: str) -> None:
        """Drops a database, whoever is still connected."""
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        finally:
            await connection.close()


def start_wheel(version: int) -> Iterator[Cluster]:
    """The wheel's server of this version."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "data", version, TEST_SETTINGS)
        server.start()
        try:
            yield Cluster(server.dsn(), server.bin_path)
        finally:
            server.stop()


def start_system() -> Iterator[Cluster]:
    """The server of the system's packages."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        server = SystemPostgres(Path(folder), tcp=False)
        server.start(TEST_SETTINGS)
        try:
            yield Cluster(server.superuser_dsn(), server.bin_path)
        finally:
            server.stop()


async def version_of(url: str) -> str:
    """The version of a running server."""
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def version_named(name: str) -> str:
    """The version of what the wheel or the system has under this name, in words."""
    if name == "system":
        found = programs()
        folder = found.parent if found is not None else None
    else:
        folder = EmbeddedPostgres.programs(int(name))
    if folder is None:
        return "none, the system has no PostgreSQL"
    printed = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    return printed.partition(") ")[2].strip() + (" (system)" if name == "system" else " (wheel)")


def start_cluster(name: str) -> Iterator[Cluster]:
    """The wheel's server of this version, or the system's."""
    return start_system() if name == "system" else start_wheel(int(name))


async def create_template(cluster: Cluster) -> str:
    """A migrated database with the demo restaurant; its name."""
    name = "kds_template_" + secrets.token_hex(4)
    dsn = await cluster.create(name)
    await migrate(dsn, lambda line: None)
    await load_restaurant(dsn)
    return name
