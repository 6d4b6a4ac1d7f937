"""A kitchen screen without a browser: a client of the display socket, as the README describes it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from kds.web.login.tokens import Tokens

PATIENCE_S = 10.0


def token_for(secret: str, branch_id: str | UUID, *, role: str = "KITCHEN", seconds: float = 3600) -> str:
    """A login of a member of staff that nobody has to be."""
    return Tokens(secret, lifetime=timedelta(seconds=seconds)).issue(uuid.uuid4(), UUID(str(branch_id)), role)[0]


class Screen:
    """An open display socket."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.patience_s = PATIENCE_S

    async def next(self, *, heartbeats: bool = False) -> dict[str, Any]:
        """The next message; heartbeats are passed over unless asked for."""
        async with asyncio.timeout(self.patience_s):
            while True:
                message = await self.ws.receive()
                assert message.type is WSMsgType.TEXT, f"closed with {self.ws.close_code}"
                body: dict[str, Any] = message.json()
                if heartbeats or body["type"] != "HEARTBEAT":
                    return body

    async def take(self, count: int) -> list[dict[str, Any]]:
        """The next so many messages."""
        return [await self.next() for _ in range(count)]

    async def until(self, kind: str) -> dict[str, Any]:
        """Reads to the next message of a kind."""
        while True:
            message = await self.next(heartbeats=True)
            if message["type"] == kind:
                return message

    async def close_code(self) -> int | None:
        """Reads to the end; why the server closed, as its frame says, however the connection went then."""
        async with asyncio.timeout(self.patience_s):
            while not self.ws.closed:
                message = await self.ws.receive()
                if message.type is WSMsgType.CLOSE:
                    return int(message.data)
        return self.ws.close_code

    async def silent(self, marker: Any) -> None:
        """Fails unless the next message is the one that `marker()` makes: nothing came before it."""
        order_id = str(await marker())
        assert (await self.next())["orderId"] == order_id


@asynccontextmanager
async def open_screen(http: ClientSession, url: str, token: str, **query: Any) -> AsyncIterator[Screen]:
    """Connects as our own pages do: the token as a subprotocol, `since` and the rest in the query."""
    async with http.ws_connect(
        f"{url}/kitchen/display",
        params={name: str(value) for name, value in query.items()},
        protocols=("kds.v1", f"bearer.{token}"),
        max_msg_size=0,
    ) as ws:
        yield Screen(ws)


def resume_point(message: dict[str, Any], epoch: str) -> dict[str, Any]:
    """Where a screen stands that applied this message."""
    return {"since": message["revision"], "epoch": epoch, "at": message["timestamp"]}
