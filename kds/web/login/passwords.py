"""Makes and checks the hashes of passwords in threads of their own, few and bounded, so that guesses cannot starve the
kitchen; who waits for a thread comes by rank, so that guesses cannot starve those who know their password.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kds.errors import TooMany

# OWASP Password Storage Cheat Sheet: argon2id, m=19 MiB, t=2, p=1
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_THREADS = 2
WAITING_MAX = 256
WAIT_MAX_S = 8.0
"""Then the client has given up."""
Rank = tuple[int, int]
FIRST: Rank = (0, 0)
T = TypeVar("T")


def hash_password(password: str) -> str:
    """The argon2id hash of a password, about 20 ms of work."""
    return _HASHER.hash(password)


@cache
def hash_of_nobody() -> str:
    """What the password of an unknown user is compared with; made once in a process."""
    return hash_password("nobody has this password")


def is_password(password: str, password_hash: str) -> bool:
    """Whether a password is the one of a hash, about 20 ms of work."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


class PasswordChecker:
    """Compares passwords with hashes, two at a time, the lowest rank first and within a rank the first that came."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._free = _THREADS
        self._waiting: dict[tuple[Rank, int], asyncio.Future[None]] = {}
        self._came = 0
        self._nobody = hash_of_nobody()

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def matches(self, password: str, password_hash: str | None, *, rank: Rank = FIRST) -> bool:
        """Whether the password is right; takes the same time for an unknown user (None), and is False then.

        Raises:
            TooMany: too many logins of a lower rank wait already.
        """
        verified = await self._run(rank, lambda: is_password(password, password_hash or self._nobody))
        return verified and password_hash is not None

    async def hash(self, password: str) -> str:
        """As hash_password, in a thread.

        Raises:
            TooMany: too many logins wait already.
        """
        return await self._run(FIRST, lambda: hash_password(password))

    async def _run(self, rank: Rank, work: Callable[[], T]) -> T:
        await self._take_thread(rank)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._give_thread()

    async def _take_thread(self, rank: Rank) -> None:
        if self._free > 0:
            self._free -= 1
            return
        self._came += 1
        place = (rank, self._came)
        if len(self._waiting) >= WAITING_MAX:
            last = max(self._waiting)
            if last <= place:
                raise _too_many()
            given_up = self._waiting.pop(last)
            if not given_up.done():
                given_up.set_exception(_too_many())
        thread = self._waiting[place] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(WAIT_MAX_S):
                await thread
        except BaseException as error:
            self._waiting.pop(place, None)
            if thread.done() and not thread.cancelled() and thread.exception() is None:
                self._give_thread()  # it came in the moment of giving up
            if isinstance(error, TimeoutError):
                raise _too_many() from None
            raise

    def _give_thread(self) -> None:
        while self._waiting:
            waiting = self._waiting.pop(min(self._waiting))
            if not waiting.done():  # else its client has just left
                waiting.set_result(None)
                return
        self._free += 1


def _too_many() -> TooMany:
    return TooMany("Too many people are logging in. Try again in a moment.", retry_after_s=2)
