"""Where the relay stands, and whom the listener tells what it found."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from kds.relay.event import Event


class RelayState(enum.Enum):
    """Where the relay stands; `/readyz` reports it, tests await it."""

    STARTING = "starting"
    CATCHING_UP = "catching up"
    LIVE = "live"
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(frozen=True)
class RelayCallbacks:
    """What the listener tells, always from the event loop and in order; none of them may block."""

    on_event: Callable[[Event], None]
    on_resync: Callable[[UUID, int], None]
    """A branch must be read anew; its revision is now this."""
    on_history: Callable[[], None]
    """All revisions known so far belong to another history."""
    on_state: Callable[[RelayState], None]
    on_control: Callable[[str | None], None]
    """A control message arrived, `{"type":"STAFF_REVOKED","staffId":"..."}`; None: any may have been missed."""
    is_own_leader: Callable[[int], bool]
    """Whether this backend is the batching leader of this process, which tells what it finds without a wake-up."""
