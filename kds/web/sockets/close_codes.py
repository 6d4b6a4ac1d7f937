"""With which codes a socket is closed, beside those of RFC 6455; after 45xx it need not come back."""

from __future__ import annotations

RESYNC = 4010
TOO_SLOW = 4008
TOKEN_EXPIRED = 4501
REVOKED = 4503
TOO_MANY_SCREENS = 4504
