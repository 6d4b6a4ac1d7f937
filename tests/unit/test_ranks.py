"""Who may do what, and who may change whom."""

from __future__ import annotations

from typing import get_args

import pytest

from kds.web.login.ranks import ROLES, Role, may_act_as, outranks


def test_the_roles_are_those_of_the_type() -> None:
    assert get_args(Role) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_an_equal_or_higher_one(role: Role) -> None:
    lower = {"OWNER": 4, "MANAGER": 3, "KITCHEN": 1, "WAITER": 1, "PICKUP": 0}
    assert sum(outranks(role, other) for other in ROLES) == lower[role]
    assert not outranks(role, role)
    assert not any(outranks(other, role) for other in ROLES if outranks(role, other))


def test_a_role_that_is_none_of_ours_may_nothing() -> None:
    assert not any(may_act_as("ADMIN", role) or outranks("ADMIN", role) for role in ROLES)


def test_a_pickup_board_is_for_its_own_login() -> None:
    assert [role for role in ROLES if may_act_as(role, "PICKUP")] == ["PICKUP"]
    assert [role for role in ROLES if may_act_as(role, "KITCHEN")] == ["OWNER", "MANAGER", "KITCHEN"]
