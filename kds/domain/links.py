"""The links that customers hold: signed by the server's key and not stored, the same bytes for the same order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from uuid import UUID

_RENEWED = re.compile(r"([1-9][0-9]{0,17})\.")
_OF_ROUND = re.compile(r"([A-Za-z0-9_-]{22})\.")


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
