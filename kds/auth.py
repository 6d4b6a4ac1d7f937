"""Who a request speaks for: tokens of staff, links of customers.

Staff tokens are JWTs (RFC 7519, HS256 only); the links to track an order and to order at a table are HMACs, so that
nothing of them is stored and a replayed answer has the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from kds.errors import NotAllowed, NotLoggedIn

ISSUER = "kds"
AUDIENCE = "kds"
PICKUP_LIFETIME = timedelta(days=30)
"""A TV that was off over the holidays comes back by itself; its token can only read numbers."""
_REQUIRED_CLAIMS = ["exp", "iat", "sub", "jti", "aud", "iss"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A member of staff as the token says; times as Unix seconds."""

    staff_id: UUID
    branch_id: UUID
    role: str
    issued_at: float
    expires_at: float


class Tokens:
    """Makes and checks staff tokens, and knows who was revoked."""

    def __init__(self, secret: str, *, lifetime: timedelta) -> None:
        self._secret = secret
        self.lifetime = lifetime
        self._revoked: dict[UUID, float] = {}

    @property
    def longest_lifetime(self) -> timedelta:
        """No token lives longer: as long must a revocation be remembered."""
        return max(self.lifetime, PICKUP_LIFETIME)

    def issue(self, staff_id: UUID, branch_id: UUID, role: str) -> tuple[str, datetime]:
        """A new token and when it ends."""
        now = datetime.now(UTC)
        lifetime = self.longest_lifetime if role == "PICKUP" else self.lifetime
        expires = (now + lifetime).replace(microsecond=0)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(staff_id),
            "branch": str(branch_id),
            "role": role,
            "iat": now.timestamp(),
            "exp": int(expires.timestamp()),
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256"), expires

    def verify(self, token: str) -> Identity:
        """Whom a token speaks for.

        Raises:
            NotLoggedIn: forged, expired, revoked, or not one of ours in any other way.
        """
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": _REQUIRED_CLAIMS},
            )
            identity = Identity(
                staff_id=UUID(claims["sub"]),
                branch_id=UUID(claims["branch"]),
                role=str(claims["role"]),
                issued_at=float(claims["iat"]),
                expires_at=float(claims["exp"]),
            )
        except jwt.ExpiredSignatureError:
            raise NotLoggedIn("Your login has expired. Log in again.", code="token_expired") from None
        except (jwt.InvalidTokenError, ValueError, KeyError, TypeError, AttributeError):
            # ValueError: a lone surrogate in the token cannot be encoded
            raise NotLoggedIn("This login is not valid. Log in again.") from None
        if identity.expires_at - identity.issued_at > self.longest_lifetime.total_seconds() + 1:
            # it would outlive the memory of its revocation
            raise NotLoggedIn("This login lasts too long. Log in again.")
        if self.is_revoked(identity):
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        return identity

    def verify_role(self, token: str, role: str) -> Identity:
        """As `verify`, for one role.

        Raises:
            NotLoggedIn: the token does not count.
            NotAllowed: it counts, for another role.
        """
        identity = self.verify(token)
        if identity.role != role:
            raise NotAllowed(f"This needs a login of role {role}.")
        return identity

    def is_revoked(self, identity: Identity) -> bool:
        """Whether the member was deactivated or changed after this token was issued."""
        return identity.issued_at <= self._revoked.get(identity.staff_id, 0.0)

    def replace_revocations(self, revoked: dict[UUID, datetime]) -> None:
        """Takes over who was revoked, and when, from the database."""
        self._revoked = {staff_id: moment.timestamp() for staff_id, moment in revoked.items()}


class Links:
    """Signs the links that customers hold."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"kds links " + secret.encode()).digest()

    def tracking_token(self, order_id: UUID) -> str:
        """What opens the track page of one order; 192 bits."""
        return self._sign(b"track", order_id.bytes)

    def table_token(self, branch_id: UUID, table: str) -> str:
        """What proves that an order comes from the QR code of a table."""
        return self._sign(b"table", branch_id.bytes + table.encode())

    def is_tracking_token(self, order_id: UUID, token: str) -> bool:
        """Whether this token opens this order."""
        return _equal(token, self.tracking_token(order_id))

    def is_table_token(self, branch_id: UUID, table: str, token: str) -> bool:
        """Whether this token was made for this table."""
        return _equal(token, self.table_token(branch_id, table))

    def _sign(self, purpose: bytes, subject: bytes) -> str:
        digest = hmac.digest(self._key, purpose + b"\0" + subject, "sha256")
        return base64.urlsafe_b64encode(digest[:24]).decode()


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
