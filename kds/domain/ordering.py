"""Whether guests may order now: said to the kitchen and to the guests in the same words."""

from __future__ import annotations

from typing import Any


def ordering(branch: Any) -> dict[str, Any]:
    """Whether guests may order now, and when a pause ends by itself: `{"open": false, "until": "..." | null}`."""
    return {"open": not branch["is_paused"], "until": branch["paused_until"] if branch["is_paused"] else None}
