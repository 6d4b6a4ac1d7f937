"""The ranks of staff: OWNER > MANAGER > KITCHEN, WAITER > PICKUP; who may do what, and who may change whom."""

from __future__ import annotations

from typing import Literal

Role = Literal["OWNER", "MANAGER", "KITCHEN", "WAITER", "PICKUP"]

ROLES: tuple[Role, ...] = ("OWNER", "MANAGER", "KITCHEN", "WAITER", "PICKUP")
"""The highest first."""
_RANKS = {"OWNER": 4, "MANAGER": 3, "KITCHEN": 2, "WAITER": 2, "PICKUP": 1}
"""As staff_rank() of sql/members.sql has it."""
_ACTS_AS = {
    "OWNER": {"OWNER", "MANAGER", "KITCHEN", "WAITER"},
    "MANAGER": {"MANAGER", "KITCHEN", "WAITER"},
}
"""What is for a role is for those above it; but not a pickup board, whose login stays on a TV in public."""


def may_act_as(role: str, needed: str) -> bool:
    """Whether a login of this role may do what is for the role `needed`."""
    return needed in _ACTS_AS.get(role, {role})


def outranks(role: str, other: str) -> bool:
    """Whether this role may change a login of the other one: only a higher one may."""
    return _RANKS.get(role, 0) > _RANKS.get(other, 0)
