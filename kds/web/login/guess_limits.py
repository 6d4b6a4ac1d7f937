"""Who may try a password now: counted before it is checked, one at a time for each account, and never locked for good.

A wait doubles with each wrong password, up to a minute, and is forgotten after ten. Whose wait it is decides who can
lock out whom:

- A device that was logged in as this account shows its earlier token, and waits for its own mistakes alone.
- Everybody else waits for the wrong passwords of their network, for this account and for any.
- When an account is guessed at from many networks, a network from which it was logged in lately passes as ever. Of the
  others one may try every two seconds at most, after it was told to wait once and came back: whoever changes addresses
  never does, and networks that have guessed wrong stand far behind those that have not.

In memory, per process.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from kds.errors import TooMany

KEYS_MAX = 50_000
"""Kept at most of each kind, the oldest goes first: a flood of addresses cannot fill the memory."""
FREE_TRIES = 5
FREE_TRIES_WIDE = 20
"""Of an IPv6 /48, which may be a whole company."""
FREE_TRIES_ANYWHERE = 10
LONGEST_WAIT_S = 60.0
FORGET_S = 600.0
APPOINTMENT_S = 5.0
"""How long a network waits before it may guess at an account that many guess at."""
SLOT_S = 2.0
SLOT_TAINTED_S = 20.0
"""The same for one from which the account was guessed at wrongly within a day."""
TAINTED_S = 86_400.0
KNOWN_S = 30 * 86_400.0
WAITING_MAX = 32
"""For one account; each waits for a check of some 20 ms."""
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who tries to log in as whom; `device` is the session of an earlier login of this account.

    `networks` are those of `counted_networks`: an IPv4 address; the /64 and then the /48 of an IPv6 client.
    """

    account: str
    networks: tuple[str, ...]
    device: UUID | None = None


@dataclass(slots=True)
class Guess:
    """One try: `rank` says who comes first where many wait, the lowest; `is_right` stays None when nobody checked."""

    rank: tuple[int, int]
    is_right: bool | None = None


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Guesses:
    """The tries of this process."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._tainted: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._appointments: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lanes: dict[Hashable, _Lane] = {}

    @asynccontextmanager
    async def guess(self, asker: Asker) -> AsyncIterator[Guess]:
        """A try that counts as a wrong one unless the block finds it right, or does not come to checking it.

        Raises:
            TooMany: it comes too soon after wrong ones; with the rest of the wait.
        """
        async with self._turn((asker.account, asker.device)):
            counted = self._count(asker)
            guess = Guess(self._rank(asker))
            try:
                yield guess
            finally:
                if guess.is_right is False:
                    _keep(self._tainted, (asker.account, asker.networks[0]), time.monotonic())
                else:
                    self._uncount(counted)
                if guess.is_right:
                    self._forget(asker)
                    self.remember(asker.account, asker.networks)

    def remember(self, account: str, networks: tuple[str, ...]) -> None:
        """The account was at work from here: its people have to do with nobody else's mistakes."""
        _keep(self._known, (account, networks[0]), time.monotonic())

    @asynccontextmanager
    async def _turn(self, key: Hashable) -> AsyncIterator[None]:
        lane = self._lanes.setdefault(key, _Lane())
        if lane.users >= WAITING_MAX:
            raise TooMany("Too many logins of this name at once. Try again in a moment.", retry_after_s=2)
        lane.users += 1
        try:
            async with lane.lock:
                yield
        finally:
            lane.users -= 1
            if lane.users == 0:
                self._lanes.pop(key, None)

    def _count(self, asker: Asker) -> dict[Hashable, tuple[int, float]]:
        """Counts one more wrong try of each kind; how things stood before."""
        free = self._free_tries(asker)
        wait_s = max(self._rest_s(key, tries) for key, tries in free.items())
        if wait_s <= 0 and asker.device is None and not self._is_known(asker):
            wait_s = self._crowd_rest_s(asker)
        if wait_s > 0:
            raise TooMany(f"Too many failed logins. Try again in {max(1.0, wait_s):.0f} s.", retry_after_s=wait_s)
        keys = [*free, *([("anywhere", asker.account)] if self._adds_to_crowd(asker) else [])]
        before = {key: self._wrong.pop(key, (0, 0.0)) for key in keys}
        now = time.monotonic()
        for key, (count, last) in before.items():
            fresh = 0 if now - last > FORGET_S else count
            _keep(self._wrong, key, (fresh + 1, now))
        return before

    def _free_tries(self, asker: Asker) -> dict[Hashable, int]:
        if asker.device is not None:
            return {("device", asker.device): FREE_TRIES}
        free: dict[Hashable, int] = {}
        for network, tries in zip(asker.networks, (FREE_TRIES, FREE_TRIES_WIDE), strict=False):
            free["account", asker.account, network] = tries
            if not self._is_known(asker):
                free["network", network] = tries
        return free

    def _rest_s(self, key: Hashable, free_tries: int) -> float:
        count, last = self._wrong.get(key, (0, 0.0))
        passed_s = time.monotonic() - last
        if count < free_tries or passed_s > FORGET_S:
            return 0.0
        return min(LONGEST_WAIT_S, 2.0 ** min(count - free_tries, 10)) - passed_s

    def _adds_to_crowd(self, asker: Asker) -> bool:
        """Not one who is slowed down already: a crowd is many networks, and not one person who has forgotten."""
        if asker.device is not None:
            return False
        own, _ = self._wrong.get(("account", asker.account, asker.networks[0]), (0, 0.0))
        return own < FREE_TRIES or self._is_crowded(asker.account)

    def _is_crowded(self, account: str) -> bool:
        count, last = self._wrong.get(("anywhere", account), (0, 0.0))
        return count >= FREE_TRIES_ANYWHERE and time.monotonic() - last <= FORGET_S

    def _crowd_rest_s(self, asker: Asker) -> float:
        """What a network waits that guesses at an account at which many do."""
        if not self._is_crowded(asker.account):
            return 0.0
        _, last = self._wrong["anywhere", asker.account]
        now = time.monotonic()
        key = (asker.account, asker.networks[0])
        asked_at = self._appointments.get(key)
        if asked_at is None or now - asked_at > FORGET_S:
            _keep(self._appointments, key, now)
            return APPOINTMENT_S
        tainted_at = self._tainted.get(key)
        slot_s = SLOT_S if tainted_at is None or now - tainted_at > TAINTED_S else SLOT_TAINTED_S
        wait_s = max(asked_at + APPOINTMENT_S, last + slot_s) - now
        if wait_s <= 0:
            del self._appointments[key]
        return wait_s

    def _uncount(self, before: dict[Hashable, tuple[int, float]]) -> None:
        for key, (count, last) in before.items():
            now_count, now_last = self._wrong.get(key, (0, 0.0))
            if now_count <= count + 1:
                now_count, now_last = count, last
            else:  # others were counted meanwhile
                now_count -= 1
            if now_count > 0:
                self._wrong[key] = (now_count, now_last)
            else:
                self._wrong.pop(key, None)

    def _forget(self, asker: Asker) -> None:
        if asker.device is not None:  # its network may be that of those who guess
            self._wrong.pop(("device", asker.device), None)
            return
        self._tainted.pop((asker.account, asker.networks[0]), None)
        for network in asker.networks:
            self._wrong.pop(("account", asker.account, network), None)

    def _is_known(self, asker: Asker) -> bool:
        at = self._known.get((asker.account, asker.networks[0]))
        return at is not None and time.monotonic() - at < KNOWN_S

    def _rank(self, asker: Asker) -> tuple[int, int]:
        if asker.device is not None or self._is_known(asker):
            return (0, 0)
        return (1, self._wrong.get(("network", asker.networks[0]), (0, 0.0))[0])


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > KEYS_MAX:
        kept.popitem(last=False)
