"""The judge is judged: it passes a good campaign and finds each kind of violation in a bad one."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest

from tests.faults.checker import Truth, check

TRUTH = Truth(
    canaries={"b1": "North", "b2": "South"},
    events=[("b1", 2, "o1"), ("b1", 3, "o2"), ("b2", 4, "o3"), ("b1", 5, "o1"), ("b1", 6, None)],
    orders={"b1": {"o1": ("READY", "d1"), "o2": ("SENT", "d2")}, "b2": {"o3": ("SENT", "d3")}},
    notes=Counter({"k1": 1}),
    transitions=[("o1", "SENT", "READY")],
)


def message(revision: int, prev: int, order_id: str, table: str = "North 1") -> dict[str, Any]:
    """One live message of the screen s1."""
    return {"what": "message", "screen": "s1", "branch": "b1", "type": "ORDER_UPDATED", "revision": revision,
            "prev": prev, "orderId": order_id, "table": table}  # fmt: skip


def good() -> list[dict[str, Any]]:
    """A campaign in which all went well."""
    return [
        {"what": "snapshot", "screen": "s1", "branch": "b1", "revision": 1, "orders": {}},
        message(2, 1, "o1"),
        message(3, 2, "o2"),
        message(5, 3, "o1"),
        {"what": "board", "screen": "s1", "branch": "b1", "revision": 5, "orders": {"o1": "d1", "o2": "d2"}},
        {"t": 10.0, "what": "placed", "branch": "b1", "orderId": "o1"},
        {"what": "unknown", "branch": "b1", "key": "k1"},
        {"what": "unknown", "branch": "b1", "key": "k2"},
    ]


def test_a_good_campaign_passes() -> None:
    assert not check(good(), TRUTH).counts


def test_a_snapshot_covers_what_came_before_it() -> None:
    lines = good()
    lines[1:4] = [{**lines[0], "revision": 6, "orders": {"o1": "North 1", "o2": "North 2"}}]
    assert not check(lines, TRUTH).counts


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lambda lines: lines.pop(2), "lost"),
        (lambda lines: lines.pop(3), "lost"),
        (lambda lines: lines.insert(2, lines[1]), "doubled"),
        (lambda lines: lines.__setitem__(slice(1, 3), [lines[2], lines[1]]), "out of order"),
        (lambda lines: lines.insert(3, message(4, 3, "o3", "South 1")), "foreign"),
        (lambda lines: lines[0]["orders"].update(o3="South 1"), "foreign"),
        (lambda lines: lines[4]["orders"].update(o1="d9"), "wrong board"),
        (lambda lines: lines[4]["orders"].pop("o2"), "lost"),
        (lambda lines: lines.append({"t": 10.0, "what": "placed", "branch": "b1", "orderId": "o9"}), "lost order"),
        (lambda lines: lines.pop(0), "lost"),
    ],
)
def test_every_kind_of_violation_is_found(harm: Any, kind: str) -> None:
    lines = good()
    harm(lines)
    assert check(lines, TRUTH).counts[kind] >= 1


def test_a_doubled_order_and_an_illegal_step_are_found() -> None:
    truth = Truth(TRUTH.canaries, TRUTH.events, TRUTH.orders, Counter({"k1": 2}), [("o1", "COMPLETED", "SENT")])
    assert check(good(), truth).counts == Counter({"doubled order": 1, "illegal transition": 1})


@pytest.mark.parametrize(("confirmed_at", "counts"), [(20.5, {}), (19.9, {"lost order": 1}), (21.1, {"lost order": 1})])
def test_a_confirmed_order_may_be_gone_only_if_a_promotion_took_it_back(
    confirmed_at: float, counts: dict[str, int]
) -> None:
    truth = dataclasses.replace(TRUTH, taken_back=[(20.0, 21.0)])
    lines = [*good(), {"t": confirmed_at, "what": "placed", "branch": "b1", "orderId": "o9"}]
    assert check(lines, truth).counts == counts


def test_what_was_heard_in_another_history_does_not_count() -> None:
    lines = good()
    lines.insert(4, {**lines[0], "revision": 1, "orders": {}})
    assert check(lines, TRUTH).counts == {"lost": 2}
