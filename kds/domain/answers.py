"""Shapes that the answers of several rooms share, as /openapi.json tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Status = Literal["SENT", "READY", "COMPLETED", "CANCELLED"]
OrderType = Literal["dine_in", "takeaway", "delivery"]


Cents = Annotated[
    int, Meta(ge=0, description="In minor units of `currency`: divide by 10 to the power of `minorUnits`.")
]
MinorUnits = Annotated[
    int, Meta(ge=0, le=4, description="The decimals of `currency` by ISO 4217: 2 for EUR, 0 for JPY.")
]


class Ordering(msgspec.Struct):
    """Whether guests may order now; `until` is when a pause ends by itself."""

    open: bool
    until: datetime | None
