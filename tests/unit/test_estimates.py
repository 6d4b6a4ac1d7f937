"""What a track page is told of when its order is ready: kds/domain/pace.py."""

from __future__ import annotations

from typing import Any

from kds.domain.pace import KOTS_MIN, Pace, StationPace, estimate

PACE = Pace({}, StationPace(KOTS_MIN, 600.0, 900.0))


def kot(**fields: Any) -> dict[str, Any]:
    """A ticket sent at noon."""
    sent = {"status": "SENT", "station": None, "held": False, "sentAt": "2026-01-01T12:00:00Z", "firedAt": None}
    return {**sent, **fields}


def test_a_ticket_counts_from_when_it_was_sent() -> None:
    told = estimate([kot()], PACE)
    assert told is not None and told["expectedAt"].startswith("2026-01-01T12:10:00")


def test_a_held_ticket_has_no_estimate() -> None:
    assert estimate([kot(), kot(held=True)], PACE) is None


def test_a_ticket_that_was_held_counts_from_when_it_was_fired() -> None:
    told = estimate([kot(), kot(firedAt="2026-01-01T15:00:00Z")], PACE)
    assert told is not None and told["latestAt"].startswith("2026-01-01T15:15:00")
