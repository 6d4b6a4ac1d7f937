"""Who a request speaks for: tokens of staff, links of customers.

Staff tokens are JWTs (RFC 7519, HS256 only); the links to track an order and to order at a table are HMACs, so that
nothing of them is stored and a replayed answer has the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from kds.config import TOKEN_HOURS_MAX
from kds.endings import Endings, Identity, Standing
from kds.errors import NotAllowed, NotLoggedIn, Unavailable

__all__ = ["Identity", "Links", "Tokens"]

ISSUER = "kds"
AUDIENCE = "kds"
PICKUP_LIFETIME = timedelta(days=30)
"""A TV that was off over the holidays comes back by itself; its token can only read numbers."""
SESSION_LIFETIME = timedelta(hours=TOKEN_HOURS_MAX)
"""From one password to the next, however often the token is renewed; where the branch is known, then until its next day
starts (Store.session_end). A pickup board is no person and has no end."""
CLOCKS_APART_S = 60.0
"""RFC 7519 section 4.1.4 allows a small leeway: for `iat`, so that processes need not agree on the second."""
REMEMBERED_S = 90 * 86_400.0
"""For so long after its end a token shows that its device was logged in once."""
_REQUIRED_CLAIMS = ["exp", "iat", "sub", "jti", "aud", "iss"]
_SESSION_CLAIMS = ("gen", "sid", "turn", "auth_time")
_RENEWED = re.compile(r"([1-9][0-9]{0,17})\.")
_OF_ROUND = re.compile(r"([A-Za-z0-9_-]{22})\.")


class Tokens:
    """Makes and checks staff tokens; what is over is the business of its `endings`."""

    def __init__(
        self, secret: str, *, lifetime: timedelta, secret_before: str = "", endings: Endings | None = None
    ) -> None:
        self._secret = secret
        self._secrets = [secret, *filter(None, [secret_before])]
        self._lifetime = min(lifetime, SESSION_LIFETIME)
        self.endings = endings or Endings(grace_s=0.0)

    def lifetime(self, role: str) -> timedelta:
        """How long a token of this role lasts."""
        return max(self._lifetime, PICKUP_LIFETIME) if role == "PICKUP" else self._lifetime

    def issue(
        self,
        staff_id: UUID,
        branch_id: UUID,
        role: str,
        *,
        generation: int = 0,
        after: Identity | None = None,
        session_end: datetime | None = None,
    ) -> tuple[str, datetime]:
        """A new token, and when it ends; `after` is the one it replaces, `session_end` the last moment of them all.

        `generation` must have been read together with role and branch: it is what ties them to a moment.

        Raises:
            NotLoggedIn: the session has lasted as long as one may.
        """
        now = datetime.now(UTC)
        logged_in_at = now.timestamp() if after is None else after.logged_in_at
        expires = (now + self.lifetime(role)).replace(microsecond=0)
        if role != "PICKUP":
            last = session_end or datetime.fromtimestamp(int(logged_in_at), UTC) + SESSION_LIFETIME
            expires = min(expires, last.replace(microsecond=0))
            if expires <= now:
                raise NotLoggedIn("Your login has expired. Log in again.", code="token_expired")
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(staff_id),
            "branch": str(branch_id),
            "role": role,
            "iat": now.timestamp(),
            "exp": int(expires.timestamp()),
            "jti": uuid.uuid4().hex,
            "gen": generation,
            "sid": str(uuid.uuid4() if after is None else after.session_id),
            "turn": 0 if after is None else after.turn + 1,
            "auth_time": int(logged_in_at),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256"), expires

    def verify(self, token: str) -> Identity:
        """Whom a token speaks for.

        Raises:
            NotLoggedIn: forged, expired, revoked, or not one of ours in any other way.
            Unavailable: it is well signed, but what is over could not be read yet.
        """
        try:
            identity = self._read(token)
        except jwt.ExpiredSignatureError:
            raise NotLoggedIn("Your login has expired. Log in again.", code="token_expired") from None
        if identity.expires_at - identity.issued_at > self.lifetime(identity.role).total_seconds() + 1:
            raise NotLoggedIn("This login lasts too long. Log in again.")
        if not self.endings.is_known:
            raise Unavailable
        if self.endings.standing(identity) is not Standing.GOOD:
            raise NotLoggedIn("This login was ended. Log in again.", code="token_revoked")
        self.endings.use(identity)
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

    def recognise(self, token: str) -> Identity | None:
        """Who was logged in on this device, even if that is over: it opens nothing. None when we never signed it."""
        try:
            identity = self._read(token, must_live=False)
        except NotLoggedIn:
            return None
        return identity if time.time() < identity.expires_at + REMEMBERED_S else None

    def _read(self, token: str, *, must_live: bool = True) -> Identity:
        try:
            claims = self._claims(token, must_live=must_live)
            issued_at = float(claims["iat"])
            if not issued_at <= time.time() + CLOCKS_APART_S:
                raise NotLoggedIn("This login is from the future. Check the clocks, then log in again.")
            return Identity(
                staff_id=UUID(claims["sub"]),
                branch_id=UUID(claims["branch"]),
                role=str(claims["role"]),
                issued_at=issued_at,
                expires_at=float(claims["exp"]),
                **_session_of(claims, issued_at),
            )
        except jwt.ExpiredSignatureError:
            raise
        except (jwt.InvalidTokenError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            # ValueError: a lone surrogate in the token cannot be encoded
            raise NotLoggedIn("This login is not valid. Log in again.") from None

    def _claims(self, token: str, *, must_live: bool) -> dict[str, Any]:
        for secret in self._secrets[:-1]:
            try:
                return _decode(token, secret, must_live=must_live)
            except jwt.InvalidSignatureError:
                continue
        return _decode(token, self._secrets[-1], must_live=must_live)


def _decode(token: str, secret: str, *, must_live: bool) -> dict[str, Any]:
    return jwt.decode(
        token,
        secret,
        algorithms=["HS256"],
        audience=AUDIENCE,
        issuer=ISSUER,
        # iat has a leeway, exp has none: PyJWT knows one for all
        options={"require": _REQUIRED_CLAIMS, "verify_iat": False, "verify_exp": must_live},
    )


def _session_of(claims: dict[str, Any], issued_at: float) -> dict[str, Any]:
    """The session of a token; one from before there were sessions is a session of its own."""
    if not any(name in claims for name in _SESSION_CLAIMS):
        own = uuid.uuid5(uuid.NAMESPACE_OID, claims["jti"])
        return {"session_id": own, "logged_in_at": issued_at}
    generation, turn, logged_in_at = (claims[name] for name in ("gen", "turn", "auth_time"))
    if not all(type(value) is int and value >= 0 for value in (generation, turn, logged_in_at)):
        raise ValueError("not a session of ours")
    return {
        "session_id": UUID(claims["sid"]),
        "logged_in_at": float(logged_in_at),
        "generation": generation,
        "turn": turn,
    }


class Links:
    """Signs the links that customers hold: by one key, and honours those of the keys before.

    The codes printed for tables may have a key of their own, so that they outlive the others.
    """

    def __init__(self, secret: str, *, secret_before: str = "", table_secret: str = "") -> None:
        keys = [_key(text) for text in (secret, secret_before) if text]
        self._track_keys = keys
        self._table_keys = [_key(table_secret)] if table_secret else keys

    def tracking_token(self, order_id: UUID, round_id: UUID | None = None) -> str:
        """What opens the track page of one order, or of one round of it that joined another guest's; 192 bits."""
        return _tracking(self._track_keys[0], order_id, round_id)

    def table_token(self, branch_id: UUID, table: str, generation: int = 0) -> str:
        """What proves that an order comes from the QR code of a table, made anew as often as `generation` says."""
        return _table(self._table_keys[0], branch_id, table, generation)

    def is_tracking_token(self, order_id: UUID, token: str) -> bool:
        """Whether this token opens this order, or a round of it: see tracked_round()."""
        round_id = tracked_round(token)
        return any([_equal(token, _tracking(key, order_id, round_id)) for key in self._track_keys])

    def table_generation(self, branch_id: UUID, table: str, token: str) -> int | None:
        """Of which generation this token is; None when it was not made for this table."""
        written = _RENEWED.match(token)
        generation = int(written[1]) if written else 0
        is_ours = any([_equal(token, _table(key, branch_id, table, generation)) for key in self._table_keys])
        return generation if is_ours else None


def tracked_round(token: str) -> UUID | None:
    """The round that a tracking token names; None when it is that of the order itself. To be checked by `Links`."""
    named = _OF_ROUND.match(token)
    return UUID(bytes=base64.urlsafe_b64decode(named[1] + "==")) if named else None


def _tracking(key: bytes, order_id: UUID, round_id: UUID | None) -> str:
    if round_id is None:
        return _sign(key, b"track", order_id.bytes)
    name = base64.urlsafe_b64encode(round_id.bytes).decode().rstrip("=")
    return f"{name}.{_sign(key, b'track round', order_id.bytes + round_id.bytes)}"


def _table(key: bytes, branch_id: UUID, table: str, generation: int) -> str:
    subject = branch_id.bytes + table.encode()
    if generation == 0:  # as every code printed before codes could be renewed
        return _sign(key, b"table", subject)
    return f"{generation}.{_sign(key, b'table renewed', generation.to_bytes(8, 'big') + subject)}"


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"kds links " + secret.encode()).digest()


def _sign(key: bytes, purpose: bytes, subject: bytes) -> str:
    digest = hmac.digest(key, purpose + b"\0" + subject, "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
