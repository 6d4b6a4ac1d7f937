"""What a manager asks and gets about staff, as /openapi.json tells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kds.manager.names import Name
from kds.web.login.answers import OwnBranch
from kds.web.login.ranks import Role


class NewMember(msgspec.Struct, forbid_unknown_fields=True):
    """Who is added, in the branch of the request."""

    username: Name
    role: Role


class MemberChange(msgspec.Struct, forbid_unknown_fields=True):
    """One change: `{"role": "WAITER"}`, `{"active": false}`; `{"role": null}` takes the branch of the request away."""

    role: Role | msgspec.UnsetType | None = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class Joining(msgspec.Struct, forbid_unknown_fields=True):
    """A further branch of a member."""

    branchId: UUID
    role: Role


class EmptyBody(msgspec.Struct, forbid_unknown_fields=True):
    """`{}`."""


class StaffMember(msgspec.Struct):
    """Of `branches` those where the login that asks works too; it may change the role when `mayChange`.

    `mayChangeLogin`: password, sessions and whether it is active, which hold wherever the member works; `changedAt`:
    the last change in this branch that is kept, None when there is none.
    """

    staffId: UUID
    username: str
    role: Role
    active: bool
    screens: int
    isYou: bool
    changedAt: datetime | None
    mayChange: bool
    mayChangeLogin: bool
    branches: list[OwnBranch]


class StaffList(msgspec.Struct):
    """Who works in a branch, the highest rank first."""

    staff: list[StaffMember]


class MemberLink(msgspec.Struct):
    """By which link the member sets the password, once, within an hour."""

    staffId: UUID
    link: str


class StaffChange(msgspec.Struct):
    """Who did what to whom; of a branch there is no staffId."""

    at: datetime
    staffId: UUID | None
    username: str | None
    action: str
    was: str
    became: str
    actorKind: str
    actorName: str | None


class StaffChanges(msgspec.Struct):
    """The newest first."""

    changes: list[StaffChange]
