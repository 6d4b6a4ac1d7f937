"""Judges a campaign by its journals and the database, and by nothing else.

I1 after healing each board equals the database's; I2 revisions rise, prev chains, every event reached every screen;
I3 nothing of another branch; I4 every 201 is there once, every unknown outcome at most once; I6 no illegal transition.
(I5 and I7 are about processes: see campaign.py.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

LEGAL = {
    ("SENT", "READY"),
    ("READY", "COMPLETED"),
    ("READY", "SENT"),
    ("COMPLETED", "READY"),
    ("SENT", "CANCELLED"),
    ("READY", "CANCELLED"),
}


@dataclass(frozen=True)
class Truth:
    """The database after the campaign; every id as text."""

    canaries: dict[str, str]
    """Branch to the start of the table label of its orders."""
    events: list[tuple[str, int, str | None]]
    """Branch, revision, order; in order of revision."""
    orders: dict[str, dict[str, tuple[str, str]]]
    """Branch to order to (status, digest of its order object)."""
    notes: Counter[str]
    """How many orders carry a note."""
    transitions: list[tuple[str, str, str]]
    """Order, status before, status after."""
    taken_back: list[tuple[float, float]] = field(default_factory=list)
    """From when to when commits were lost for good with a server or to a restore, in seconds since the epoch."""

    def forgives(self, at: float) -> bool:
        """Whether what was confirmed then may be gone."""
        return any(began <= at <= ended for began, ended in self.taken_back)


@dataclass
class Verdict:
    """What was found: a count for each kind, and the first few in words."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def find(self, kind: str, words: str) -> None:
        """One violation."""
        self.counts[kind] += 1
        if len(self.examples) < 20:
            self.examples.append(f"{kind}: {words}")


@dataclass
class _Seen:
    branch: str
    first: int | None = None
    position: int = 0
    given: dict[str, int] = field(default_factory=dict)
    covered: int = 0
    """Everything up to this revision is covered by a snapshot."""


def check(journal: Iterable[dict[str, Any]], truth: Truth) -> Verdict:
    """Every violation of the invariants."""
    verdict = Verdict()
    screens: dict[str, _Seen] = {}
    for line in journal:
        what = line["what"]
        if what == "placed" and line["orderId"] not in truth.orders.get(line["branch"], {}):
            if not truth.forgives(line["t"]):
                verdict.find("lost order", f"{line['orderId']} was confirmed and is not in the database")
        elif what == "unknown" and truth.notes[line["key"]] > 1:
            verdict.find("doubled order", f"{line['key']} is there {truth.notes[line['key']]} times")
        elif "screen" in line:
            seen = screens.setdefault(line["screen"], _Seen(line["branch"]))
            _check_line(verdict, seen, line, truth)
    for name, seen in screens.items():
        _check_events(verdict, name, seen, truth)
    for order_id, was, becomes in truth.transitions:
        if (was, becomes) not in LEGAL:
            verdict.find("illegal transition", f"{order_id} from {was} to {becomes}")
    return verdict


def _check_line(verdict: Verdict, seen: _Seen, line: dict[str, Any], truth: Truth) -> None:
    name, canary = line["screen"], truth.canaries[seen.branch]
    if line["what"] == "snapshot":
        seen.first = line["revision"] if seen.first is None else seen.first
        seen.position = seen.covered = line["revision"]
        seen.given.clear()
        for order_id, table in line["orders"].items():
            if not table.startswith(canary):
                verdict.find("foreign", f"{name} was shown {order_id} of {table}")
    elif line["what"] == "message":
        if line["table"] is not None and not line["table"].startswith(canary):
            verdict.find("foreign", f"{name} was sent {line['orderId']} of {line['table']}")
        if line["revision"] == seen.position:
            verdict.find("doubled", f"{name} was sent {line['revision']} again")
        elif line["revision"] < seen.position or line["prev"] != seen.position:
            verdict.find("out of order", f"{name} at {seen.position} was sent {line['revision']} after {line['prev']}")
        seen.position = line["revision"]
        seen.given[line["orderId"]] = line["revision"]
    elif line["what"] == "board":
        _check_board(verdict, name, line["orders"], truth.orders[seen.branch])


def _check_board(verdict: Verdict, name: str, board: dict[str, str], present: dict[str, tuple[str, str]]) -> None:
    for order_id, shown in board.items():
        if order_id not in present or present[order_id][1] != shown:
            verdict.find("wrong board", f"{name} shows {order_id} otherwise than it is")
    for order_id, (status, _) in present.items():
        if status in ("SENT", "READY") and order_id not in board:
            verdict.find("lost", f"{name} does not show {order_id}")


def _check_events(verdict: Verdict, name: str, seen: _Seen, truth: Truth) -> None:
    if seen.first is None:
        verdict.find("lost", f"{name} never got a board")
        return
    newest: dict[str, int] = defaultdict(int)
    for branch, revision, order_id in truth.events:
        if branch == seen.branch and order_id is not None and revision > seen.covered:
            newest[order_id] = revision
    for order_id, revision in newest.items():
        if seen.given.get(order_id, 0) < revision:
            verdict.find("lost", f"{name} never heard of {order_id} at {revision}")
