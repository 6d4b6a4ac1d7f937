"""What a dish contains, as one cell of a menu file: `milk; mustard`, or JSON.

A name that is read as another is a dish that a guest with an allergy is offered: what could be two is never read as
one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kds.commands.menu.cells import SEPARATORS, as_json, json_list, split_list, write_list
from kds.domain.text import quoted

_SEPARATORS = SEPARATORS + ",\uff0c\u3001\u060c"
"""Commas too, of every script: no name of an allergen has one, and most who write a list put one."""
_AMBIGUOUS = re.compile(r"[|/\\&+\"\[\]{}]")
SUCH_AS = 'milk; nuts, or ["milk", "nuts"]'


def read_allergens(text: str) -> list[str]:
    """The allergens of a cell.

    Raises:
        ValueError: says what may be meant as two, or as JSON.
    """
    listed = json_list(text, (str,), SUCH_AS)
    if listed is not None:
        return listed
    found = split_list(text, _SEPARATORS)
    for each in found:
        if _AMBIGUOUS.search(each) or len(re.findall(r"[(\uff08]", each)) != len(re.findall(r"[)\uff09]", each)):
            raise ValueError(
                f"the allergen {quoted(each)} may be one or two: write {SUCH_AS}; one of this name is {as_json([each])}"
            )
    return found


def write_allergens(allergens: Sequence[str]) -> str:
    """The cell of allergens."""
    return write_list(allergens, "; ".join, read_allergens)
