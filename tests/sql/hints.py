"""What a program hears that LISTENs for events."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Hints:
    """What a program hears that LISTENs on kds_events."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.heard: list[dict[str, Any]] = []

    async def start(self) -> None:
        """Begins to hear."""
        await self._connection.add_listener("kds_events", lambda *call: self.heard.append(json.loads(call[3])))

    async def all(self) -> list[dict[str, Any]]:
        """Everything sent before this call."""
        await self._connection.execute("NOTIFY kds_events, '{}'")
        async with asyncio.timeout(10):
            while self.heard[-1:] != [{}]:
                await asyncio.sleep(0.01)
        heard, self.heard = self.heard[:-1], []
        return heard
