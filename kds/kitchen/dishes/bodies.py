"""What a cook sends of a dish, as /openapi.json tells it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class DishChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left of a dish: `{"soldOut": true}`, `{"soldOut": false, "remaining": 7}`, `{"soldOut": false}` lifts.

    It is as before by itself after so many `minutes`, or when the next business day of the branch starts; without both
    when somebody lifts it.
    """

    soldOut: bool
    remaining: Annotated[int, Meta(ge=1, le=9999)] | None = None
    minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    untilTomorrow: bool = False

    @property
    def became(self) -> str:
        """As kitchen_actions has it."""
        what = "sold out" if self.soldOut else "available" if self.remaining is None else f"{self.remaining} left"
        until = " until tomorrow" if self.untilTomorrow else "" if self.minutes is None else f" for {self.minutes} min"
        return what + until
