"""A server that is attacked by raw bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientSession

from tests.conftest import ServeProcess
from tests.hardening.requests import faults_of_log

Serve = Callable[..., Awaitable[ServeProcess]]


@pytest.fixture
async def attacked(serve_process: Serve, http: ClientSession) -> AsyncIterator[ServeProcess]:
    """A real server, which must be as well after the attack as before, and have nothing to say about it."""
    server = await serve_process(REQUEST_STALL_S="1", MAX_SOCKETS_PER_ADDRESS="500")
    yield server
    async with http.get(f"{server.url}/readyz") as answer:
        assert answer.status == 200
    assert await server.stop() == 0
    assert faults_of_log(server.log.read_text()) == []
