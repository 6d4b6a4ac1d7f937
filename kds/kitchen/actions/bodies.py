"""What a cook asks for: the bodies of the requests that change something, one type each."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from kds.kitchen.answers import Reason
from kds.kitchen.lists import StatusName

LEGAL_SOURCES = {
    "SENT": ["READY"],
    "READY": ["SENT", "COMPLETED"],
    "COMPLETED": ["READY"],
    "CANCELLED": ["SENT", "READY"],
}
"""From where a status may be reached, as sql/rules.sql, is_legal_transition(), says."""
Priority = Annotated[int, Meta(ge=0, le=2)]
"""0; 1: rush; 2: VIP."""
AnyPriority = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""What a till may have written."""


class StatusChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a status change: `{"status": "READY", "from": "SENT"}`.

    `from` is optional. `undo` says that a step back takes a mistake back, and is no recall; `reason` why it is
    CANCELLED.
    """

    status: StatusName
    source: StatusName | None = None
    undo: bool = False
    reason: Reason | None = None


class PriorityChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a rush: `{"priority": 1, "from": 0}`, `from` being optional."""

    priority: Priority
    source: AnyPriority | None = None


class ItemBump(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an item bump: `{"done": true}`."""

    done: bool


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """The body of hold and fire: `{"held": true}` holds, `{"held": false}` fires.

    `{"held": true, "undo": true}` takes back what this cook fired last: it waits again for what it waited for, and what
    came meanwhile fires it at once.
    """

    held: bool
    undo: bool = False

    @property
    def takes_back(self) -> bool:
        """Whether a fire is taken back; what is held by mistake is simply fired."""
        return self.held and self.undo


class Why(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a void and of a refire: `{"reason": "quality"}`, or `{}`."""

    reason: Reason | None = None


class Fire(msgspec.Struct, forbid_unknown_fields=True):
    """The body of fire: `{"course": 2}`, or `{}` for the first course that waits."""

    course: Annotated[int, Meta(ge=1, le=99)] | None = None


class Seen(msgspec.Struct, forbid_unknown_fields=True):
    """The body of Seen at a change: `{"at": "2026-01-01T12:00:00.000000Z"}`, the `at` of the mark that the cook saw.

    Without it whatever mark is there is taken off, also one that came a moment before.
    """

    at: Annotated[str, Meta(max_length=40)] | None = None


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty body: `{}`."""


def legal_sources(wanted: StatusChange) -> list[str]:
    """From where this change may be made: all that is legal, or what it names, when that is."""
    legal = LEGAL_SOURCES[wanted.status]
    return legal if wanted.source is None else [source for source in legal if source == wanted.source]
