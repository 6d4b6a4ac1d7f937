"""What a login answers, as /openapi.json tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Role = Literal["KITCHEN", "MANAGER", "PICKUP"]


class Login(msgspec.Struct):
    """A token, whom it speaks for, and when it ends; `sessionEndsAt`: when no renewal helps any more, None: never."""

    token: str
    role: Role
    branchId: UUID
    expiresAt: datetime
    sessionEndsAt: datetime | None
