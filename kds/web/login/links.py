"""The link by which a member sets a password: made by whoever adds them, good once and for an hour."""

from __future__ import annotations

import hashlib
import secrets

from kds.web.login.passwords import hash_password

PATH = "/welcome"
TOKEN_MAX = 100


def new_token() -> str:
    """256 bits that nobody guesses; only their hash is kept."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def link_to(origin: str, token: str) -> str:
    """The link; behind the #, which no browser sends and no log shows."""
    return f"{origin}{PATH}#{token}"


def nobodys_hash() -> str:
    """The hash of a password that nobody knows, which takes as long to check as any: about 20 ms of work."""
    return hash_password(secrets.token_urlsafe(32))
