"""What a login answers, as /openapi.json tells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kds.web.answers import ErrorDetail
from kds.web.login.password_rules import Reason
from kds.web.login.ranks import Role


class Login(msgspec.Struct):
    """A token, whom it speaks for, and when it ends; `sessionEndsAt`: when no renewal helps any more, None: never."""

    token: str
    role: Role
    branchId: UUID
    expiresAt: datetime
    sessionEndsAt: datetime | None


class PasswordRefused(msgspec.Struct):
    """Why a password was not set; `fault` where the new one is guessed first: the rule that it breaks."""

    error: ErrorDetail
    fault: Reason | msgspec.UnsetType = msgspec.UNSET


class LinkOwner(msgspec.Struct):
    """Whose password a link sets."""

    username: str


class OwnBranch(msgspec.Struct):
    """A branch that somebody works in, and as what."""

    branchId: UUID
    name: str
    role: Role


class OwnLogin(msgspec.Struct):
    """Who a login is, and where it works."""

    username: str
    branches: list[OwnBranch]
