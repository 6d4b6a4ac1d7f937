"""A server that tests of `kds doctor` may harm: every finding is caused on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kds.postgres.embedded import EmbeddedPostgres
from tests.clusters import Cluster, create_template
from tests.conftest import JWT_SECRET
from tests.flow.doctor.practice import Practice

SETTINGS = {"max_connections": 100, "shared_buffers": "32MB", "max_notify_queue_pages": 64}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server in good health, of our own: what is done to it here no other test should see."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "data", 18, SETTINGS)
        server.start()
        try:
            yield Cluster(server.dsn(), server.bin_path)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """As for other tests, on this server."""
    return asyncio.run(create_template(cluster))


@pytest.fixture
def practice(cluster: Cluster, dsn: str) -> Practice:
    """On the test's database."""
    return Practice(cluster, {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, "LISTEN_DATABASE_URL": ""})
