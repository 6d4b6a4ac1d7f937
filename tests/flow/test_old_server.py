"""A PostgreSQL that is too old is refused at the start, in plain words.

None is old enough here: the present one is made to say in its greeting that it is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kds.postgres.connect import MINIMUM_VERSION
from tests.conftest import JWT_SECRET
from tests.flow.test_processes import run

SAID = re.compile(rb"(server_version\0)(\d\d)")


@pytest.fixture
async def older_url(dsn: str) -> AsyncIterator[str]:
    """The test's database, on a server that says it is one version older than the minimum."""
    parts = urlsplit(dsn)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                target.write(SAID.sub(rb"\g<1>%d" % (MINIMUM_VERSION - 1), data))
        except ConnectionError:
            pass
        target.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: Any
        if folder := options.get("host"):
            far = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{options.get('port', '5432')}")
        else:
            far = await asyncio.open_connection(parts.hostname, parts.port or 5432)
        await asyncio.gather(carry(reader, far[1]), carry(far[0], writer))

    proxy = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    user = parts.netloc.rpartition("@")[0]
    yield f"postgresql://{user}@127.0.0.1:{port}{parts.path}"
    proxy.close()


@pytest.mark.parametrize("command", ["migrate", "serve"])
async def test_a_server_that_is_too_old_is_refused(older_url: str, command: str) -> None:
    code, printed = await run(command, DATABASE_URL=older_url, JWT_SECRET=JWT_SECRET, PORT="0", HOST="127.0.0.1")
    said = f"PostgreSQL {MINIMUM_VERSION - 1} is too old: {MINIMUM_VERSION} or later is needed."
    assert code == 1 and said in printed and "Traceback" not in printed, printed


async def test_the_doctor_says_so_too(older_url: str) -> None:
    code, printed = await run("doctor", DATABASE_URL=older_url, JWT_SECRET=JWT_SECRET)
    assert code == 1 and f"PostgreSQL {MINIMUM_VERSION - 1} is too old" in printed, printed
