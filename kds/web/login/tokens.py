"""Who a request speaks for: the tokens of staff, JWTs of RFC 7519, HS256 only."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from kds.config import TOKEN_HOURS_MAX
from kds.errors import NotLoggedIn, Unavailable
from kds.web.identity import Identity, Standing
from kds.web.login.endings import Endings

ISSUER = "kds"
AUDIENCE = "kds"
PICKUP_LIFETIME = timedelta(days=30)
"""A TV that was off over the holidays comes back by itself; its token can only read numbers."""
SESSION_LIFETIME = timedelta(hours=TOKEN_HOURS_MAX)
"""From one password to the next, however often the token is renewed; where the branch is known, then until its next day
starts (LoginQueries.session_end). A pickup board is no person and has no end."""
CLOCKS_APART_S = 60.0
"""RFC 7519 section 4.1.4 allows a small leeway: for `iat`, so that processes need not agree on the second."""
REMEMBERED_S = 90 * 86_400.0
"""For so long after its end a token shows that its device was logged in once."""
_REQUIRED_CLAIMS = ["exp", "iat", "sub", "jti", "aud", "iss"]
_SESSION_CLAIMS = ("gen", "sid", "turn", "auth_time")


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
