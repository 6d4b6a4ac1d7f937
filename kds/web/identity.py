"""Whom a token speaks for: kds/web/login reads one from it, and every request knows whose it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Identity:
    """A member of staff as the token says; times as Unix seconds.

    A session is what one login began; `turn` counts its renewals. `generation` is None in a token from before there
    were generations.
    """

    staff_id: UUID
    branch_id: UUID
    role: str
    issued_at: float
    expires_at: float
    session_id: UUID
    logged_in_at: float
    generation: int | None = None
    turn: int = 0


class Standing(enum.Enum):
    """How a token stands that is well signed and in its time."""

    GOOD = "good"
    REPLACED = "replaced"
    """Its successor is in use: it opens nothing new, and what it has open moves to the successor."""
    ENDED = "ended"
