"""A restaurant of 1,000 screens, a probe in each of its branches, and when each screen saw it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from tests.faults.journal import read
from tests.faults.restaurant import Restaurant
from tests.orders import place

Measure = tuple[str, float, float]
CLIENTS = 1000
FROZEN = 50
BRANCHES = 50


@contextlib.asynccontextmanager
async def restaurant(clients: int = CLIENTS, frozen: int = 0) -> AsyncIterator[Restaurant]:
    """One server, 50 branches, so many screens."""
    with tempfile.TemporaryDirectory(prefix="kds-promises-", ignore_cleanup_errors=True) as folder:
        opened = Restaurant(Path(folder), BRANCHES, 1)
        try:
            await opened.open()
            if frozen:
                await opened.open_screens("few", frozen // BRANCHES)
            if clients:
                await opened.open_screens("most", clients // BRANCHES)
            yield opened
        finally:
            await opened.close()


async def probe(opened: Restaurant) -> dict[str, float]:
    """One order in each branch, and when each was committed."""
    placed: dict[str, float] = {}
    connection = await asyncpg.connect(opened.dsn)
    for branch, canary in opened.canaries.items():
        placed[str(await place(connection, UUID(branch), table=f"{canary} probe"))] = time.time()
    await connection.close()
    return placed


def seen(opened: Restaurant, orders: dict[str, float], screens: str = "") -> list[float]:
    """How long after the time given for it each screen had an order, sorted; of the screens whose names start so."""
    first: dict[tuple[str, str], float] = {}
    for line in read(opened.folder):
        if "screen" in line and line["screen"].startswith(screens):
            shown: Any = line.get("orders", ()) if line["what"] == "snapshot" else (line.get("orderId"),)
            for order_id in shown:
                if order_id in orders:
                    first.setdefault((line["screen"], order_id), line["t"])
    return sorted(at - orders[order_id] for (_, order_id), at in first.items())


def at(ranked: list[float], share: float) -> float:
    """A quantile."""
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


async def spread_probes(opened: Restaurant, note: str | None = None) -> dict[str, float]:
    """One order in each branch, one after the other, and when each was committed."""
    connection = await asyncpg.connect(opened.dsn)
    placed: dict[str, float] = {}
    for branch, canary in opened.canaries.items():
        placed[str(await place(connection, UUID(branch), table=f"{canary} probe", note=note))] = time.time()
        await asyncio.sleep(0.01)
    await connection.close()
    await asyncio.sleep(0.5)
    return placed
