"""How fast a kitchen is just now, and what that says about one order: its median and 90th percentile, no guess.

The pace is read once for all phones of a branch and kept for a moment; cooked_lately() of sql/later.sql defines it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kds.errors import Unavailable

log = logging.getLogger(__name__)

FRESH_S = 20.0
KOTS_MIN = 5
"""With fewer finished tickets there is no estimate: one slow ticket would be half of it."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""From here on a time cannot be added to."""


@dataclass(frozen=True)
class StationPace:
    """From sent, or fired, to ready, of the last tickets of one station."""

    kots: int
    median_s: float
    p90_s: float


@dataclass(frozen=True)
class Pace:
    """The stations of a branch, and the kitchen as a whole, which stands in for a station with too few tickets."""

    stations: dict[str | None, StationPace]
    whole: StationPace

    def of(self, station: str | None) -> StationPace | None:
        """What is known about a station; None when it is too little."""
        pace = self.stations.get(station, self.whole)
        if pace.kots < KOTS_MIN:
            pace = self.whole
        return pace if pace.kots >= KOTS_MIN else None


NO_PACE = Pace({}, StationPace(0, 0.0, 0.0))


def estimate(kots: list[dict[str, Any]], pace: Pace) -> dict[str, Any] | None:
    """When what still cooks is likely to be ready, `{"expectedAt": "...", "latestAt": "...", "kots": 31}`.

    Half of such orders are ready at `expectedAt`, nine of ten at `latestAt`; `kots` is how many tickets say so.
    A ticket that was held counts from when it was fired. None when nothing cooks, when a ticket is still held, when too
    few tickets are known, or when one was sent or fired at a time that is none of ours.
    """
    expected: list[datetime] = []
    latest: list[datetime] = []
    known: list[int] = []
    for kot in kots:
        if kot["status"] != "SENT":
            continue
        station = pace.of(kot["station"])
        if station is None or kot["held"]:
            return None
        begins_at = moment(kot["firedAt"] or kot["sentAt"])
        if begins_at is None or begins_at > LATEST:
            return None
        expected.append(begins_at + timedelta(seconds=station.median_s))
        latest.append(begins_at + timedelta(seconds=station.p90_s))
        known.append(station.kots)
    if not expected:
        return None
    return {"expectedAt": _text(max(expected)), "latestAt": _text(max(latest)), "kots": min(known)}


def moment(text: str | None) -> datetime | None:
    """A time of an order object; None for one outside of the years 1 to 9999, to which datetime reaches."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


class PaceCache:
    """Reads paces through `read`, shares each reading, and keeps it for a moment."""

    def __init__(self, read: Callable[[UUID], Awaitable[Pace]]) -> None:
        self._read = read
        self._paces: dict[UUID, tuple[float, Pace]] = {}
        self._reading: dict[UUID, asyncio.Task[Pace]] = {}

    async def fetch(self, branch_id: UUID) -> Pace:
        """The pace of a branch, read now unless it was a moment ago.

        Raises:
            Unavailable: the database does not answer.
        """
        read_at, pace = self._paces.get(branch_id, (-FRESH_S, NO_PACE))
        if time.monotonic() - read_at < FRESH_S:
            return pace
        return await asyncio.shield(self._begin(branch_id))

    def known(self, branch_id: UUID) -> Pace:
        """What was read last, at once; when that is old, the next one to ask gets a newer one."""
        read_at, pace = self._paces.get(branch_id, (-FRESH_S, NO_PACE))
        if time.monotonic() - read_at >= FRESH_S:
            self._begin(branch_id)
        return pace

    def _begin(self, branch_id: UUID) -> asyncio.Task[Pace]:
        task = self._reading.get(branch_id)
        if task is None:
            task = self._reading[branch_id] = asyncio.create_task(self._keep(branch_id))
            task.add_done_callback(_note_failure)
        return task

    async def _keep(self, branch_id: UUID) -> Pace:
        try:
            pace = await self._read(branch_id)
            self._paces[branch_id] = (time.monotonic(), pace)
            return pace
        finally:
            del self._reading[branch_id]


def _note_failure(task: asyncio.Task[Pace]) -> None:
    # Also takes the exception, which asyncio would report when nobody waited for it.
    if not task.cancelled() and isinstance(task.exception(), Unavailable):
        log.warning("pace not read error=%s", task.exception())


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
