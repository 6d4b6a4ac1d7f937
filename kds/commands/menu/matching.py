"""Which dishes of a branch the lines of a menu file are: those of its name, however its letters were typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kds.domain.dishes import comparable


@dataclass
class Match:
    """The lines for the statement load_menu."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    """Each with `ids`, texts: the dishes that it changes, none where it is added."""
    doubles: dict[str, int] = field(default_factory=dict)
    """How many dishes the branch had by one name, where it had more."""
    lifted: list[UUID] = field(default_factory=list)
    """Dishes that are sold out, and by their line are not."""


def match_dishes(dishes: Iterable[Mapping[str, Any]], there: Iterable[Mapping[str, Any]], is_replacing: bool) -> Match:
    """Finds each dish of a file among those of the branch, in the order of the menu.

    Of several of one name all are meant; where the file replaces the menu, one: written just so, or else the first.
    """
    called = defaultdict(list)
    for row in there:
        called[comparable(row["name"])].append(row)
    match = Match()
    for dish in dishes:
        rows = sorted(called[comparable(dish["name"])], key=lambda row: bool(row["name"] != dish["name"]))
        if len(rows) > 1:
            match.doubles[dish["name"]] = len(rows)
        rows = rows[:1] if is_replacing else rows
        match.lines.append({**dish, "ids": [str(row["menu_item_id"]) for row in rows]})
        if dish.get("available"):
            match.lifted += [row["menu_item_id"] for row in rows if row["is_sold_out"]]
    return match
