"""Connections that are lost together are taken leave of one by one: kds/web/connections/protocol.py."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from kds.web.connections import protocol as protocols
from kds.web.connections.protocol import LOST_PER_ROUND, Runner
from tests.patience import eventually

MANY = 2 * LOST_PER_ROUND + 5


async def test_one_whose_end_fails_holds_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: faults.append(repr(told.get("exception"))))
    runner = Runner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    clients = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(MANY)]

    async def are_there() -> bool:
        return runner.connections == MANY

    await eventually(are_there, 10)
    end, failed = protocols._Protocol.end, list[protocols._Protocol]()

    def end_but_the_first(protocol: protocols._Protocol, error: BaseException | None) -> None:
        if not failed:
            failed.append(protocol)
            raise RuntimeError("this one fails")
        end(protocol, error)

    monkeypatch.setattr(protocols._Protocol, "end", end_but_the_first)
    for client in clients:
        client.transport.abort()

    async def only_that_one_is_left() -> bool:
        return runner.connections == 1

    try:
        await eventually(only_that_one_is_left, 10)
        assert faults == ["RuntimeError('this one fails')"]
    finally:
        for protocol in failed:
            end(protocol, None)
        await runner.cleanup()
