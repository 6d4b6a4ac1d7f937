"""What managers send and are told of stations, as /openapi.json tells it; the rules are in kds/domain/stations.py."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from kds.web.requests import WITHOUT_NUL

Text = Annotated[str, Meta(pattern=WITHOUT_NUL)]


class StationName(msgspec.Struct, forbid_unknown_fields=True):
    """What cooks call a station: 1 to 100 characters, none of them a control character. Spaces at its ends go."""

    name: Text


class StationOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Every station of the branch, once, as boards are to show them."""

    stations: list[Text]


class ManagedStation(msgspec.Struct):
    """A station, how many `dishes` go to it, and how many of its `tickets` are not completed."""

    name: str
    dishes: int
    tickets: int


class Stray(msgspec.Struct):
    """In how many open `orders` there are tickets of this name, which no station has: only screens of all show them."""

    name: str
    orders: int


class ManagedStations(msgspec.Struct):
    """The stations of a branch in the order of its boards."""

    stations: list[ManagedStation]
    strays: list[Stray]


class StationMoved(msgspec.Struct):
    """In how many open orders tickets are `left`, held by others or late: the same request moves those too."""

    name: str | None
    left: int
