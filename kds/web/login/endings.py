"""Which logins are over, as this process knows it: by generation of the member and by turn of the session, by no clock.

`kds/web/login/sessions.py` keeps it true from the database. A token's member and session are looked up at every use, so
it is kept in memory; only members that changed and sessions that were renewed or signed out within 32 days are here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from kds.web.identity import Identity, Standing


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens of the member of a lower generation are over; those without one when issued until `revoked_at`."""

    staff_id: UUID
    generation: int
    revoked_at: float


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Tokens of the session of an earlier turn are over, `age_s` ago; all of them when it was signed out."""

    session_id: UUID
    staff_id: UUID
    turn: int
    ended: bool
    age_s: float


Watcher = Callable[[], None]


class Endings:
    """What is over; `is_known` is False until it was read once, and no token may be taken before."""

    def __init__(self, *, grace_s: float) -> None:
        self._grace_s = grace_s
        self.is_known = False
        self.used: dict[UUID, Identity] = {}
        """Renewed tokens that were used here for the first time: nobody else knows yet."""
        self.on_use: Callable[[], None] = _do_nothing
        self._revoked: dict[UUID, Revocation] = {}
        self._sessions: dict[UUID, tuple[SessionChange, float]] = {}
        self._watchers: dict[UUID, set[Watcher]] = {}

    def standing(self, identity: Identity) -> Standing:
        """Whether a token is still taken, or only until its successor has taken over."""
        revocation = self._revoked.get(identity.staff_id)
        if revocation is not None and is_revoked(identity, revocation):
            return Standing.ENDED
        change, replaced_at = self._sessions.get(identity.session_id, (None, 0.0))
        if change is None or (not change.ended and change.turn <= identity.turn):
            return Standing.GOOD
        if change.ended:
            return Standing.ENDED
        return Standing.GOOD if time.monotonic() < replaced_at + self._grace_s else Standing.REPLACED

    def left_s(self, identity: Identity) -> float | None:
        """How long a replaced token is still taken; None when it is not replaced."""
        change, replaced_at = self._sessions.get(identity.session_id, (None, 0.0))
        if change is None or change.turn <= identity.turn:
            return None
        return max(0.0, replaced_at + self._grace_s - time.monotonic())

    def use(self, identity: Identity) -> None:
        """A token was used: the first use of a renewed one ends those before it."""
        if identity.turn == 0:
            return
        known = self._sessions.get(identity.session_id)
        if known is None or known[0].turn < identity.turn:
            noted = self.used.get(identity.session_id)
            if noted is None or noted.turn < identity.turn:
                self.used[identity.session_id] = identity
                self.on_use()

    def watch(self, staff_id: UUID, watcher: Watcher) -> None:
        """Calls `watcher` whenever something of this member may have ended, until `unwatch`."""
        self._watchers.setdefault(staff_id, set()).add(watcher)

    def unwatch(self, staff_id: UUID, watcher: Watcher) -> None:
        """Calls it no more, if it did."""
        watchers = self._watchers.get(staff_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(staff_id, None)

    def learn(
        self, revocations: Iterable[Revocation], changes: Iterable[SessionChange], *, is_whole: bool = True
    ) -> None:
        """Takes in what the database says, and tells those who watch the members concerned; more comes unless whole."""
        now = time.monotonic()
        news: set[UUID] = set()
        for revocation in revocations:
            if self._revoked.get(revocation.staff_id) != revocation:
                self._revoked[revocation.staff_id] = revocation
                news.add(revocation.staff_id)
        for change in changes:
            known = self._sessions.get(change.session_id)
            if known is not None and known[0].ended:
                continue  # for good, even when a read that began before it comes in late
            if known is None or (known[0].turn, known[0].ended) != (change.turn, change.ended):
                self._sessions[change.session_id] = (change, now - change.age_s)
                news.add(change.staff_id)
        self.is_known = self.is_known or is_whole
        for staff_id in news:
            for watcher in list(self._watchers.get(staff_id, ())):
                watcher()

    def forget(self, revoked: set[UUID], sessions: set[UUID]) -> None:
        """Keeps only these members and sessions: the rows of the others are gone, for their tokens are."""
        self._revoked = {key: value for key, value in self._revoked.items() if key in revoked}
        self._sessions = {key: value for key, value in self._sessions.items() if key in sessions}


def is_revoked(identity: Identity, revocation: Revocation) -> bool:
    """Whether the token is of a generation before this one.

    A later one is good: it was signed after a change that this process has not heard of yet.
    """
    if identity.generation is None:
        return identity.issued_at <= revocation.revoked_at
    return identity.generation < revocation.generation


def _do_nothing() -> None:
    pass
