"""What a cook may do, one Action each: what is asked for, the questions that do it, and what forbids it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from kds.kitchen.actions.bodies import Fire, Hold, ItemBump, Nothing, PriorityChange, Seen, StatusChange, Why
from kds.kitchen.actions.queries import Act, ActionQueries

Wanted = TypeVar("Wanted")


def _may_step(wanted: StatusChange, present: Any) -> str | None:
    if present["status"] == wanted.status:
        return None
    if wanted.source is not None and wanted.source != present["status"]:
        return f"Somebody was faster: it is {present['status']} by now, not {wanted.source}."
    return f"It is {present['status']} and cannot become {wanted.status}."


def _may_step_order(wanted: StatusChange, present: Any) -> str | None:
    if (present["status"], wanted.status) == ("SENT", "READY") and wanted.source in (None, "SENT"):
        return "Nothing of it is being cooked: what is left of it waits to be fired."
    return _may_step(wanted, present)


def _may_bump(wanted: ItemBump, present: Any) -> str | None:
    return None if present["done"] == wanted.done else "It changed at this very moment."


def _may_rush(wanted: PriorityChange, present: Any) -> str | None:
    if present["priority"] == wanted.priority:
        return None
    if present["status"] not in ("SENT", "READY"):
        return f"It is {present['status']}: too late to rush."
    return f"Somebody was faster: its priority is {present['priority']} by now."


def _may_hold_order(wanted: Hold | Fire, present: Any) -> str | None:
    if not present["can_hold"]:
        return f"It is {present['status']}: nothing of it waits to be cooked."
    return _may_take_back(wanted, present)


def _may_hold_kot(wanted: Hold, present: Any) -> str | None:
    if present["status"] != "SENT":
        return f"It is {present['status']}, and only what is SENT can wait."
    return _may_take_back(wanted, present)


def _may_take_back(wanted: Hold | Fire, present: Any) -> str | None:
    if isinstance(wanted, Hold) and wanted.takes_back and not present["is_held"]:
        return "There is nothing of yours to take back: another fired it, or it changed since."
    return None


def _may_void(_wanted: Why, present: Any) -> str | None:
    return None if present["voided"] else f"The order is {present['status']}: nothing of it can be taken back."


def _may_refire(_wanted: Why, present: Any) -> str | None:
    if present["is_refired"]:
        return None
    if present["status"] == "CANCELLED" or present["is_void"]:
        return "It was taken back: nothing of it is cooked again."
    return "It changed at this very moment." if present["is_cooked"] else "It is still to be cooked."


def _may_see_void(_wanted: Nothing, present: Any) -> str | None:
    return None if present["is_void"] else "This dish was not taken back."


def _may_see_change(_wanted: Seen, present: Any) -> str | None:
    return "It changed once more at this very moment." if present["is_marked"] else None


def _may_see(_wanted: Nothing, present: Any) -> str | None:
    return None if present["status"] == "CANCELLED" else f"This order is {present['status']}, not CANCELLED."


@dataclass(frozen=True, slots=True)
class Action(Generic[Wanted]):
    """One thing a cook may do to an order, a KOT or an item.

    `name` is what kitchen_actions calls it, `became` what it writes there as the outcome; `change` does it and tells
    whether anything changed, `read` how things stand then; `why_not` tells what forbids it, None when all is as wanted.
    """

    name: str
    thing: Literal["order", "kot", "item"]
    body: type[Wanted]
    change: Callable[[ActionQueries, Act, Wanted], Awaitable[bool]]
    read: Callable[[ActionQueries, Act], Awaitable[Any]]
    became: Callable[[Wanted], str]
    why_not: Callable[[Wanted, Any], str | None]

    def asked(self, wanted: Wanted) -> tuple[str, str, str, bool | None]:
        """action, was, became and undo of kitchen_actions for a request that changed nothing: what was asked for."""
        became, source = self.became(wanted), getattr(wanted, "source", None)
        return self.name, became if source is None else str(source), became, getattr(wanted, "undo", None)

    def is_same(self, wanted: Wanted, thing_id: UUID, kept: Any) -> bool:
        """Whether this is asked again what the row `kept` of kitchen_actions was written for."""
        source, undo = getattr(wanted, "source", None), getattr(wanted, "undo", None)
        return (
            (kept["action"], kept["thing_id"], kept["became"]) == (self.name, thing_id, self.became(wanted))
            and (source is None or str(source) == kept["was"])
            and (undo is None or kept["undo"] in {None, undo})
        )


def _truth(value: bool) -> str:
    """As PostgreSQL writes it."""
    return "true" if value else "false"


CHANGE_ORDER = Action(
    "status",
    "order",
    StatusChange,
    ActionQueries.change_order_status,
    ActionQueries.order_state,
    lambda w: str(w.status),
    _may_step_order,
)
CHANGE_KOT = Action(
    "kot-status",
    "kot",
    StatusChange,
    ActionQueries.change_kot_status,
    ActionQueries.kot_state,
    lambda w: str(w.status),
    _may_step,
)
BUMP_ITEM = Action(
    "item", "item", ItemBump, ActionQueries.bump_item, ActionQueries.item_state, lambda w: _truth(w.done), _may_bump
)
CHANGE_PRIORITY = Action(
    "priority",
    "order",
    PriorityChange,
    ActionQueries.change_priority,
    ActionQueries.order_state,
    lambda w: str(w.priority),
    _may_rush,
)
HOLD_ORDER = Action(
    "hold",
    "order",
    Hold,
    ActionQueries.hold_order,
    ActionQueries.order_state,
    lambda w: _truth(w.held),
    _may_hold_order,
)
HOLD_KOT = Action(
    "kot-hold", "kot", Hold, ActionQueries.hold_kot, ActionQueries.kot_state, lambda w: _truth(w.held), _may_hold_kot
)
FIRE_ORDER = Action(
    "fire",
    "order",
    Fire,
    ActionQueries.fire_order,
    ActionQueries.order_state,
    lambda w: "next" if w.course is None else str(w.course),
    _may_hold_order,
)
VOID_ITEM = Action("void", "item", Why, ActionQueries.void_item, ActionQueries.item_state, lambda w: "true", _may_void)
REFIRE_ITEM = Action(
    "refire", "item", Why, ActionQueries.refire_item, ActionQueries.item_state, lambda w: "true", _may_refire
)
ACKNOWLEDGE_VOID = Action(
    "void-acknowledge",
    "item",
    Nothing,
    ActionQueries.acknowledge_void,
    ActionQueries.item_state,
    lambda w: "true",
    _may_see_void,
)
SEE_LINE_CHANGE = Action(
    "change-seen",
    "item",
    Seen,
    ActionQueries.see_line_change,
    ActionQueries.item_state,
    lambda w: "true",
    _may_see_change,
)
SEE_KOT_CHANGE = Action(
    "kot-change-seen",
    "kot",
    Seen,
    ActionQueries.see_kot_change,
    ActionQueries.kot_state,
    lambda w: "true",
    _may_see_change,
)
ACKNOWLEDGE_ORDER = Action(
    "acknowledge",
    "order",
    Nothing,
    ActionQueries.acknowledge_order,
    ActionQueries.order_state,
    lambda w: "true",
    _may_see,
)
