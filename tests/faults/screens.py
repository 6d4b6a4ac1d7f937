"""Many screens in a process of their own, which log all they see.

`python -m tests.faults.screens FOLDER NAME SECRET SCREENS_PER_BRANCH BRANCHES.json URL...`: prints "ready" when every
screen has its board; at a line on standard input each writes its board and the process ends.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from tests.faults.journal import Journal, digest
from tests.screen import token_for

SILENCE_S = 12.0
"""Without a heartbeat for so long the connection is dead."""
RETRY_MAX_S = 3.0


class LoggingScreen:
    """One screen, as our own pages are: resumes, heals by itself, believes nobody who is silent."""

    def __init__(self, name: str, branch: str, token: str, urls: list[str], journal: Journal) -> None:
        self._name = name
        self._branch = branch
        self._journal = journal
        self._token = token
        self._urls = urls
        self._at: dict[str, str] = {"since": "0"}
        self._orders: dict[str, str] = {}
        self.has_board = asyncio.Event()

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Watches until cancelled."""
        failures = 0
        while True:
            try:
                await self._connect(session)
                failures = 0
            except (aiohttp.ClientError, OSError, TimeoutError):
                failures += 1
            await asyncio.sleep(random.uniform(0, min(RETRY_MAX_S, 0.1 * 2**failures)))

    def write_board(self) -> None:
        """Logs what is shown now."""
        self._log(what="board", revision=int(self._at["since"]), orders=self._orders)

    def _log(self, **record: Any) -> None:
        self._journal.write(screen=self._name, branch=self._branch, **record)

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        url = random.choice(self._urls)
        protocols = ("kds.v1", f"bearer.{self._token}")
        async with (
            asyncio.timeout(SILENCE_S) as patience,
            session.ws_connect(
                f"{url}/kitchen/display", params=self._at, protocols=protocols, max_msg_size=0, autoclose=False
            ) as ws,
        ):
            self._log(what="open")
            async for message in ws:
                patience.reschedule(asyncio.get_running_loop().time() + SILENCE_S)
                if message.type is aiohttp.WSMsgType.TEXT and not self._apply(json.loads(message.data)):
                    break
            self._log(what="closed", code=ws.close_code)

    def _apply(self, message: dict[str, Any]) -> bool:
        """Takes in one message; False when it does not follow from what is there."""
        kind = message["type"]
        if kind == "HELLO":
            self._at["epoch"] = message["epoch"]
            self._log(what="hello", epoch=message["epoch"])
        elif kind == "SNAPSHOT":
            self._orders = {order["orderId"]: digest(order) for order in message["orders"]}
            tables = {order["orderId"]: order["table"] for order in message["orders"]}
            self._log(what="snapshot", revision=message["revision"], orders=tables)
            self._at = {"since": str(message["revision"]), "epoch": message["epoch"]}
            self._stand_at(message)
            self.has_board.set()
        elif kind == "HEARTBEAT":
            return int(message["revision"]) <= int(self._at["since"])
        elif kind in ("NEW_ORDER", "ORDER_UPDATED", "ORDER_REMOVED"):
            order_id = message["orderId"]
            self._log(
                what="message", type=kind, revision=message["revision"], prev=message["prev"], orderId=order_id,
                table=message.get("table"),
            )  # fmt: skip
            if str(message["prev"]) != self._at["since"]:
                return False
            self._orders.pop(order_id, None)
            if kind != "ORDER_REMOVED":
                self._orders[order_id] = digest(message)
            self._stand_at(message)
        return True

    def _stand_at(self, message: dict[str, Any]) -> None:
        self._at["since"] = str(message["revision"])
        if message["timestamp"]:
            self._at["at"] = message["timestamp"]


async def main(folder: str, name: str, secret: str, per_branch: int, branches: list[str], urls: list[str]) -> None:
    """Watches every branch until a line comes in."""
    journal = Journal(Path(folder) / f"screens-{name}.jsonl")
    screens = [
        LoggingScreen(f"{name}-{number}-{branch[-4:]}", branch, token, urls, journal)
        for branch in branches
        for token in [token_for(secret, branch, seconds=12 * 3600)]
        for number in range(per_branch)
    ]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(screen.run(session)) for screen in screens]
        for screen in screens:
            await screen.has_board.wait()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for screen in screens:
            screen.write_board()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    journal.close()


if __name__ == "__main__":
    uvloop.run(
        main(
            sys.argv[1],
            sys.argv[2],
            sys.argv[3],
            int(sys.argv[4]),
            json.loads(Path(sys.argv[5]).read_text()),
            sys.argv[6:],
        )
    )
