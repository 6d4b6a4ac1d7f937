"""Checks passwords in threads of their own, few and bounded, so that guesses cannot starve the kitchen."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kds.errors import TooMany

# OWASP Password Storage Cheat Sheet: argon2id, m=19 MiB, t=2, p=1
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_THREADS = 2
_WAITING_MAX = 32


def hash_password(password: str) -> str:
    """The argon2id hash of a password, about 20 ms of work."""
    return _HASHER.hash(password)


class PasswordChecker:
    """Compares passwords with hashes, two at a time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody = hash_password("nobody has this password")

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is right; takes the same time for an unknown user (None), and is False then.

        Raises:
            TooMany: too many logins wait already.
        """
        if self._waiting >= _WAITING_MAX:
            raise TooMany("Too many people are logging in. Try again in a moment.", retry_after_s=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            verified = await loop.run_in_executor(self._threads, _verify, password_hash or self._nobody, password)
        finally:
            self._waiting -= 1
        return verified and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
