"""What managers send and are told of a menu, as /openapi.json tells it; the rules are in kds/domain/dishes.py."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from kds.domain.answers import Cents, MinorUnits
from kds.web.answers import ErrorDetail
from kds.web.requests import WITHOUT_NUL

Unset = msgspec.UnsetType
Text = Annotated[str, Meta(pattern=WITHOUT_NUL)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""What every JSON reader has (RFC 8259 section 6): what breaks a narrower rule is refused with its field."""
SentCents = Annotated[Whole, Meta(description="In minor units of the currency of the branch.")]


class SentModifier(msgspec.Struct, forbid_unknown_fields=True):
    """What a dish may be asked with; below 0 it makes the dish cheaper."""

    name: Text
    priceCents: SentCents = 0


class NewDish(msgspec.Struct, forbid_unknown_fields=True):
    """A dish that comes to the menu. Spaces at the ends of a text go."""

    name: Text
    section: Text
    priceCents: SentCents
    description: Text = ""
    station: Text | None = None
    allergens: list[Text] = []
    modifiers: list[SentModifier] = []
    prepS: Whole | None = None
    course: Whole | None = None
    available: bool = True


class DishEdit(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a dish that change: `{"priceCents": 1650}`; in another section it stands last."""

    name: Text | Unset = msgspec.UNSET
    section: Text | Unset = msgspec.UNSET
    priceCents: SentCents | Unset = msgspec.UNSET
    description: Text | Unset = msgspec.UNSET
    station: Text | Unset | None = msgspec.UNSET
    allergens: list[Text] | Unset = msgspec.UNSET
    modifiers: list[SentModifier] | Unset = msgspec.UNSET
    prepS: Whole | Unset | None = msgspec.UNSET
    course: Whole | Unset | None = msgspec.UNSET
    available: bool | Unset = msgspec.UNSET


class MenuOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Every dish of the branch, once, as they are to stand."""

    menuItemIds: list[UUID]


class ManagedModifier(msgspec.Struct):
    """What a dish may be asked with."""

    name: str
    priceCents: int


class ManagedDish(msgspec.Struct):
    """A dish as its manager sees it.

    `available` is the menu's own word; `soldOut`, `remaining` and `backAt` are those of /kitchen/dishes. `prepS`: how
    many seconds it takes to cook at least; `course`: with which one guests at a table get it.
    """

    menuItemId: UUID
    name: str
    description: str
    section: str
    station: str | None
    priceCents: Cents
    allergens: list[str]
    modifiers: list[ManagedModifier]
    prepS: int | None
    course: int | None
    available: bool
    soldOut: bool
    remaining: int | None
    backAt: datetime | None


class ManagedMenu(msgspec.Struct):
    """The menu of a branch in its order, and the stations a dish may be cooked at."""

    currency: str
    minorUnits: MinorUnits
    stations: list[str]
    dishes: list[ManagedDish]


class DishRefusal(msgspec.Struct):
    """Why not, and which `field` it is; of a list its `index`, from 0, where one alone is at fault.

    Without a field the body is of another shape.
    """

    error: ErrorDetail
    field: str | Unset = msgspec.UNSET
    index: int | Unset | None = msgspec.UNSET
