"""The environment, read once into one frozen value.

A bad start names every fault at once, so that a deployer mends all of them in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from kds.config.origins import normal_origin
from kds.config.patterns import is_pattern
from kds.errors import BadDatabaseUrl, ConfigError
from kds.logs import FORMATS, LEVELS
from kds.postgres.url.address import read_address
from kds.postgres.url.reading import EXAMPLE

SECRET_BYTES = 32
"""RFC 7518 section 3.2: an HS256 key is at least as long as its hash."""

TOKEN_HOURS_MAX = 720
"""No login lasts longer without a password: 30 days."""

KNOWN_SECRETS = {"a-string-secret-at-least-256-bits-long", "your-256-bit-secret-your-256-bit-secret"}
"""What jwt.io writes into its form."""

Host = str
Port = int
Hours = int
Connections = int
Count = int
"""At least one: 0 would end the service, not lift the limit."""
PublicUrl = str
Proxies = int
LogLevel = str
LogFormat = str


@dataclass(frozen=True)
class Config:
    """How one server process runs. Sizes in bytes, times in seconds; the README's table explains each for deployers."""

    database_url: str
    jwt_secret: str
    jwt_secret_before: str = ""
    """Only verifies: what was signed before JWT_SECRET was changed."""
    table_secret: str = ""
    """Signs the codes printed for tables, so that they outlive JWT_SECRET; without it that one does."""
    listen_database_url: str = ""
    host: Host = "127.0.0.1"
    port: Port = 8000
    metrics_address: tuple[str, int] | tuple[()] = ()
    """Where operators ask for metrics and details; without it, where everybody does."""
    cors_origins: tuple[str, ...] = ()
    public_url: PublicUrl = ""
    """Where the world finds us, for what is printed; without it, where the browser that asks found us."""
    trust_proxy: Proxies = 0
    """How many proxies stand before us, each of which says who its client is; 0: none is believed."""
    token_hours: Hours = 12
    refresh_grace_s: float = 60.0
    """How long a token is still taken after the one that renewed it was first used: two tabs, a request on its way."""
    pool_size: Connections = 10
    max_sockets: Count = 20_000
    max_sockets_per_branch: Count = 200
    max_sockets_per_user: Count = 50
    max_sockets_per_address: Count = 200
    max_customers_per_address: Count = 500
    """Open order and track pages; a whole restaurant, and a whole mobile network, may come from one address."""
    orders_per_table_per_minute: int = 20
    orders_per_address_per_minute: int = 60
    orders_per_branch_per_minute: int = 120
    """Of guests who prove no table; a branch may have its own."""
    open_orders_per_branch: int = 300
    """Of guests: then one who proves no table waits; a branch may have its own."""
    requests_per_address_per_minute: int = 6000
    """Of each part of the API, counted before anything is read."""
    client_buffer_bytes: Count = 256 * 1024
    body_limit_bytes: Count = 16 * 1024
    heartbeat_s: float = 5.0
    silence_s: float = 22.0
    """A client that sent nothing for this long, not even a pong, is gone."""
    sweep_s: float = 1.5
    """What nobody announced is late by this much at most, and the time of one read."""
    read_timeout_s: float = 3.0
    request_stall_s: float = 8.0
    """How long a head or a body may take to arrive."""
    shutdown_s: float = 6.0
    events_kept_minutes: Count = 60
    batching_enter_per_s: float = 200.0
    """Events a second from which one relay polls and writers need not NOTIFY."""
    batching_leave_per_s: float = 100.0
    batching_leave_after_s: float = 2.0
    batching_poll_s: float = 0.02
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"

    @property
    def listen_url(self) -> str:
        """Where the relay LISTENs: a direct address, for a transaction pooler swallows NOTIFY."""
        return self.listen_database_url or self.database_url

    @property
    def pool_is_direct(self) -> bool:
        """Whether the pool goes the same way as LISTEN; else a pooler may stand between."""
        return self.listen_url == self.database_url

    @staticmethod
    def from_env(environ: Mapping[str, str]) -> Config:
        """The configuration of `kds serve`.

        Raises:
            ConfigError: with every missing, unreadable or weak setting.
        """
        faults: list[str] = []
        values: dict[str, object] = {"host": "0.0.0.0"}
        for field in fields(Config):
            text = environ.get(field.name.upper(), "")
            if not _is_utf8(text):
                faults.append(f"{field.name.upper()} holds bytes that are no UTF-8")
            elif text:
                try:
                    values[field.name] = _READERS[str(field.type)](text)
                except ValueError as error:
                    faults.append(f"{field.name.upper()}={text!r}: {error}")
        faults += _database_faults(environ, "DATABASE_URL", required=True)
        faults += _database_faults(environ, "LISTEN_DATABASE_URL", required=False)
        faults += secret_faults(environ.get("JWT_SECRET", ""))
        for name in ("JWT_SECRET_BEFORE", "TABLE_SECRET"):
            faults += secret_faults(environ[name], name) if environ.get(name) else []
        if faults:
            raise ConfigError(list(dict.fromkeys(faults)))
        return Config(**values)  # type: ignore[arg-type]


def secret_faults(secret: str, name: str = "JWT_SECRET") -> list[str]:
    """What is wrong with a signing key, the variable `name`; empty when it is good."""
    make = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not secret:
        return [f"{name} is not set. {make}"]
    if not _is_utf8(secret):
        return [f"{name} holds bytes that are no UTF-8"]
    if len(secret.encode()) < SECRET_BYTES:
        return [f"{name} has {len(secret.encode())} bytes and needs at least {SECRET_BYTES}. {make}"]
    if len(set(secret)) < 10 or is_pattern(secret.casefold()):
        return [f"{name} repeats itself or follows the keyboard: it must be random. {make}"]
    if secret in KNOWN_SECRETS:
        return [f"{name} is an example that everybody knows. {make}"]
    return []


def _is_utf8(text: str) -> bool:
    # what is no UTF-8 comes from the environment as lone surrogates, os.fsdecode()
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _database_faults(environ: Mapping[str, str], name: str, *, required: bool) -> list[str]:
    url = environ.get(name, "")
    if not url:
        return [f"{name} is not set, for example {EXAMPLE}"] if required else []
    try:
        read_address(url, environ)
    except BadDatabaseUrl as error:
        return [f"{name} {error}"]
    return []


def notices(environ: Mapping[str, str]) -> list[str]:
    """What a deployer should know, though nothing stops at it: an unverified link, a proxy that is not believed, a cap.

    Raises:
        BadDatabaseUrl: an address of the database cannot be read.
    """
    names = [name for name in ("DATABASE_URL", "LISTEN_DATABASE_URL") if environ.get(name)]
    found = [f"{name} {notice}" for name in names for notice in read_address(environ[name], environ).notices]
    hours = environ.get("TOKEN_HOURS", "")
    if re.fullmatch("[0-9]{1,10}", hours, re.ASCII) and int(hours) > TOKEN_HOURS_MAX:
        found.append(
            f"TOKEN_HOURS is {int(hours)}, but no login lasts longer than {TOKEN_HOURS_MAX} hours: that is taken"
        )
    if environ.get("DYNO") and not environ.get("TRUST_PROXY"):
        found.append(
            "TRUST_PROXY is not set, but Heroku's router stands before us: all guests count as one, set it to 1"
        )
    return found


def _read_float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < 86_400:
        raise ValueError("must be a number above 0 and below 86400")
    return number


def _read_proxies(text: str) -> int:
    words = {"true": "1", "yes": "1", "false": "0", "no": "0"}
    return _between(0, 9)(words.get(text.lower(), text))


def _read_origins(text: str) -> tuple[str, ...]:
    return tuple(_read_origin(origin) for origin in text.split(",") if origin.strip())


def _read_origin(text: str) -> str:
    origin = normal_origin(text)
    if origin is None:
        raise ValueError(f"{text.strip()} is not an origin such as https://order.example.com")
    return origin


def _read_host(text: str) -> str:
    host = text.removeprefix("[").removesuffix("]")
    try:
        host.encode("idna")
    except UnicodeError:
        raise ValueError("must be an address or a name, such as 0.0.0.0, :: or localhost") from None
    return host


def _read_address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or (":" in host and not host.startswith("[")):
        raise ValueError("must be an address with its port, such as 127.0.0.1:9100 or [::1]:9100")
    return _read_host(host), _between(0, 65_535)(port)


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # int() would also take "1_000", " 7" and digits of other scripts
        if not re.fullmatch("[0-9]{1,10}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _read_level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return text.upper()


def _read_format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(f"must be one of {', '.join(FORMATS)}")
    return text


_READERS: dict[str, Callable[[str], object]] = {
    "Host": _read_host,
    "Port": _between(0, 65_535),
    "Hours": _between(1, 8_760),
    "Connections": _between(1, 10_000),
    "Count": _between(1, 2**31 - 1),
    "Proxies": _read_proxies,
    "PublicUrl": _read_origin,
    "tuple[str, int] | tuple[()]": _read_address,
    "LogLevel": _read_level,
    "LogFormat": _read_format,
    "str": str,
    "int": _between(0, 2**31 - 1),
    "float": _read_float,
    "tuple[str, ...]": _read_origins,
}
