"""How busy the demo's evening is."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Tempo:
    """Pauses in seconds, from and to."""

    guests_pause_s: Range
    cooks_pause_s: Range
    open_orders: tuple[int, int]
    """Above this many, from and to, guests wait."""
    steps_at_once: int
    """What all cooks together do between two looks at the board."""
    has_expo: bool
    """Somebody at the pass rushes, holds, fires and takes dishes back."""


CALM = Tempo((6.0, 14.0), (1.0, 3.0), (8, 12), 1, has_expo=False)
RUSH = Tempo((2.4, 4.8), (0.5, 1.0), (240, 240), 12, has_expo=True)
"""1,000 orders an hour; at tables with an open order they are rounds of it."""
