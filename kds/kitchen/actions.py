"""What a cook may do, one Action each: what is asked for, the statements that do it, and what forbids it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kds.kitchen.lists import StatusName

LEGAL_SOURCES = {
    "SENT": ["READY"],
    "READY": ["SENT", "COMPLETED"],
    "COMPLETED": ["READY"],
    "CANCELLED": ["SENT", "READY"],
}
"""From where a status may be reached, as sql/rules.sql, is_legal_transition(), says."""


Priority = Annotated[int, Meta(ge=0, le=1)]


class StatusChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a status change: `{"status": "READY", "from": "SENT"}`.

    `from` is optional. `undo` says that a step back takes a mistake back, and is no recall.
    """

    status: StatusName
    source: StatusName | None = None
    undo: bool = False


class PriorityChange(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """The body of a rush: `{"priority": 1, "from": 0}`, `from` being optional."""

    priority: Priority
    source: Priority | None = None


class ItemBump(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an item bump: `{"done": true}`."""

    done: bool


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """The body of hold and fire: `{"held": true}` holds, `{"held": false}` fires."""

    held: bool


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty body: `{}`."""


def _step(wanted: StatusChange) -> tuple[object, ...]:
    legal = LEGAL_SOURCES[wanted.status]
    sources = legal if wanted.source is None else [source for source in legal if source == wanted.source]
    return sources, wanted.status, wanted.undo


def _bump(wanted: ItemBump) -> tuple[object, ...]:
    return (wanted.done,)


def _rush(wanted: PriorityChange) -> tuple[object, ...]:
    return wanted.priority, wanted.source


def _hold(wanted: Hold) -> tuple[object, ...]:
    return (wanted.held,)


def _nothing(_wanted: Any) -> tuple[object, ...]:
    return ()


def _may_step(wanted: StatusChange, present: Any) -> str | None:
    if present["status"] == wanted.status:
        return None
    if wanted.source is not None and wanted.source != present["status"]:
        return f"Somebody was faster: it is {present['status']} by now, not {wanted.source}."
    return f"It is {present['status']} and cannot become {wanted.status}."


def _may_bump(wanted: ItemBump, present: Any) -> str | None:
    return None if present["done"] == wanted.done else "It changed at this very moment."


def _may_rush(wanted: PriorityChange, present: Any) -> str | None:
    if present["priority"] == wanted.priority:
        return None
    if present["status"] not in ("SENT", "READY"):
        return f"It is {present['status']}: too late to rush."
    return f"Somebody was faster: its priority is {present['priority']} by now."


def _may_hold_order(_wanted: Hold, present: Any) -> str | None:
    return None if present["can_hold"] else f"It is {present['status']}: nothing of it waits to be cooked."


def _may_hold_kot(_wanted: Hold, present: Any) -> str | None:
    return None if present["status"] == "SENT" else f"It is {present['status']}, and only what is SENT can wait."


def _may_void(_wanted: Nothing, present: Any) -> str | None:
    return None if present["voided"] else f"The order is {present['status']}: nothing of it can be taken back."


def _may_see_void(_wanted: Nothing, present: Any) -> str | None:
    return None if present["is_void"] else "This dish was not taken back."


def _may_see(_wanted: Nothing, present: Any) -> str | None:
    return None if present["status"] == "CANCELLED" else f"This order is {present['status']}, not CANCELLED."


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a cook may do to an order, a KOT or an item.

    `name` is what kitchen_actions calls it, `became` what it writes there as the outcome; `change` and `read` are
    statements of sql/queries/kitchen.sql; `why_not` tells what forbids it, None when all is as wanted.
    """

    name: str
    body: type
    change: str
    read: str
    arguments: Callable[[Any], tuple[object, ...]]
    became: Callable[[Any], str]
    why_not: Callable[[Any, Any], str | None]


def _truth(value: bool) -> str:
    """As PostgreSQL writes it."""
    return "true" if value else "false"


CHANGE_ORDER = Action(
    "status", StatusChange, "change_order_status", "read_order_state", _step, lambda w: str(w.status), _may_step
)
CHANGE_KOT = Action(
    "kot-status", StatusChange, "change_kot_status", "read_kot_state", _step, lambda w: str(w.status), _may_step
)
BUMP_ITEM = Action("item", ItemBump, "bump_item", "read_item_state", _bump, lambda w: _truth(w.done), _may_bump)
CHANGE_PRIORITY = Action(
    "priority", PriorityChange, "change_priority", "read_order_state", _rush, lambda w: str(w.priority), _may_rush
)
HOLD_ORDER = Action("hold", Hold, "hold_order", "read_order_state", _hold, lambda w: _truth(w.held), _may_hold_order)
HOLD_KOT = Action("kot-hold", Hold, "hold_kot", "read_kot_state", _hold, lambda w: _truth(w.held), _may_hold_kot)
VOID_ITEM = Action("void", Nothing, "void_item", "read_item_state", _nothing, lambda w: "true", _may_void)
ACKNOWLEDGE_VOID = Action(
    "void-acknowledge", Nothing, "acknowledge_void", "read_item_state", _nothing, lambda w: "true", _may_see_void
)
ACKNOWLEDGE_ORDER = Action(
    "acknowledge", Nothing, "acknowledge_order", "read_order_state", _nothing, lambda w: "true", _may_see
)
