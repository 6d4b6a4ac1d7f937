"""What a room brings to be told: audiences of events, audiences of control messages, and what it keeps of a branch.

Between step 3 (an event was read) and step 4 (kds/relay/hub.py writes to a topic). The relay knows events and topics
and no feature; an audience that fails costs its own topic a resync, never the link, never another audience.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from kds.relay.event import Event
from kds.relay.hub import TopicId


class Audience(Protocol):
    """One kind of client, for example the pickup boards. Called for every event of the branches that are watched."""

    @property
    def name(self) -> str:
        """What logs and metrics call it."""

    def topic(self, event: Event) -> TopicId:
        """The topic of those whom this event concerns; whether anybody is there is the hub's to know."""

    def message(self, event: Event) -> bytes | None:
        """What they are told, as JSON; empty: it does not concern them; None: what they show must be read anew."""


class ControlAudience(Protocol):
    """Who wants to know what is said on channel kds_control, for example whoever keeps menus."""

    def hear(self, kind: str, branch_id: UUID | None) -> None:
        """A message, `{"type": kind, "branchId": "..."}`, which anybody may have sent: read, and believe nothing.

        `kind` is "" when any message may have been missed.
        """


class BranchCache(Protocol):
    """What a room keeps of the branches that are watched, for example their boards, read whole."""

    def outdate(self, branch_id: UUID, revision: int) -> None:
        """The branch has come to this revision."""

    def forget(self, branch_id: UUID | None = None) -> None:
        """The branch must be read anew, or nobody watches it any more; None: the history of all has ended."""
