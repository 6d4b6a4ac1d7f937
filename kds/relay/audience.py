"""Who is told of an event: a room of the house brings an audience, and kds/relay/relay.py runs each on its own.

Between step 3 (an event was read) and step 4 (kds/relay/hub.py writes to a topic). The relay knows events and topics
and no feature; an audience that fails costs its own topic a resync, never the link, never another audience.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from kds.relay.event import Event


class Audience(Protocol):
    """One kind of client, for example the pickup boards. Called for every event of the branches that are watched."""

    @property
    def name(self) -> str:
        """What logs and metrics call it."""

    def topic(self, event: Event) -> UUID:
        """The topic of those whom this event concerns; whether anybody is there is the hub's to know."""

    def message(self, event: Event) -> bytes | None:
        """What they are told, as JSON; None: what they show must be read anew."""
