"""Every error the system names, as one tree.

KdsError
├── StartError            the process must not start
│   ├── ConfigError       the environment lacks something or holds something weak
│   ├── BadDatabaseUrl    no database can be meant by DATABASE_URL and the PG* variables
│   ├── TransactionPooler LISTEN and migrations would go through a pooler in transaction mode
│   └── SchemaError       the database is too old, behind the code or ahead of it
└── RequestError          what a client is told; its HTTP status is chosen in web/responses.py
    ├── Malformed         the request cannot be read
    ├── TooLarge          the body is over the limit
    ├── WrongContentType  the body is not declared as JSON
    ├── Unprocessable     readable, but not something the kitchen can do
    │   ├── SoldOut       of some dishes less is left than was asked for; names them
    │   ├── WeakPassword  a new password that is guessed first; says which rule it breaks
    │   └── DishRefused   a dish cannot be so; says which field
    ├── UpgradeNeeded     a socket's path, asked for by plain HTTP
    ├── NotLoggedIn       no token, or one that does not count
    ├── NotAllowed        a good token of another rank, or a foreign Origin
    ├── NotFound          not there, or not for this branch
    ├── Conflict          somebody was faster, or the step is not legal; carries the present order
    ├── MenuChanged       the dishes to be put in order are not those of the branch
    ├── OtherStations     the stations to be put in order are not those of the branch
    ├── TooMany           over a limit; carries when to come back
    └── Unavailable       the database or the LISTEN link is away; carries when to come back
"""

from __future__ import annotations

from collections.abc import Sequence


class KdsError(Exception):
    """Something of ours went wrong, in words for the one who can mend it."""


class StartError(KdsError):
    """The process must not start."""


class ConfigError(StartError):
    """The environment is unusable; lists every fault at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(f"- {fault}" for fault in faults))
        self.faults = faults


class BadDatabaseUrl(StartError):
    """No database can be meant by a URL; the words follow the name of its variable and hold no secret."""


class TransactionPooler(StartError):
    """A link that must keep its session is given another one for each transaction."""


class SchemaError(StartError):
    """The database does not fit this version of the code."""


class RequestError(KdsError):
    """An answer to a client: `code` for programs, the message for people."""

    code = "bad_request"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class Malformed(RequestError):
    """The request cannot be read."""

    code = "malformed"


class TooLarge(RequestError):
    """The body is over the limit."""

    code = "too_large"


class WrongContentType(RequestError):
    """The body is not declared as JSON."""

    code = "wrong_content_type"


class Unprocessable(RequestError):
    """Readable, but not something the kitchen can do."""

    code = "unprocessable"


class SoldOut(Unprocessable):
    """Of some dishes less is left than was asked for: `dishes` as kds/domain/stock.py tells them."""

    code = "sold_out"

    def __init__(self, message: str, dishes: Sequence[object]) -> None:
        super().__init__(message)
        self.dishes = dishes


class WeakPassword(Unprocessable):
    """A new password that is guessed first: `fault` is the rule that it breaks, of web/login/password_rules.py."""

    code = "weak_password"

    def __init__(self, message: str, fault: str) -> None:
        super().__init__(message)
        self.fault = fault


class DishRefused(Unprocessable):
    """A dish cannot be so: `field` as the request names it, and which `index` where that is a list, from 0."""

    def __init__(self, message: str, *, code: str, field: str, index: int | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field
        self.index = index


class UpgradeNeeded(RequestError):
    """A socket's path, asked for by plain HTTP or by a handshake that is none."""

    code = "upgrade_required"


class NotLoggedIn(RequestError):
    """No token, or one that does not count."""

    code = "not_logged_in"


class NotAllowed(RequestError):
    """A good token of the wrong role, or a foreign Origin."""

    code = "not_allowed"


class NotFound(RequestError):
    """Not there, or not for this branch: the two look the same."""

    code = "not_found"


class Conflict(RequestError):
    """Somebody was faster, or the step is not legal; `order` is the present order object as JSON."""

    code = "conflict"

    def __init__(self, message: str, order: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.order = order


class MenuChanged(RequestError):
    """The dishes to be put in order are not those of the branch."""

    code = "menu_changed"


class OtherStations(RequestError):
    """The stations to be put in order are not those of the branch."""

    code = "stations_changed"


class TooMany(RequestError):
    """Over a limit."""

    code = "too_many"

    def __init__(self, message: str, retry_after_s: float, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(RequestError):
    """The database or the LISTEN link is away; or it answers, but is out of `short_of`."""

    code = "unavailable"

    def __init__(
        self,
        message: str = "The kitchen's database does not answer. Try again in a moment.",
        *,
        short_of: str | None = None,
    ) -> None:
        super().__init__(
            message if short_of is None else f"The kitchen's database is out of {short_of}. Try again in a moment."
        )
        self.retry_after_s = 2.0
        self.short_of = short_of
