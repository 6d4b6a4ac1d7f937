"""The parameters of a connection, by libpq's names: which mean something here, which cannot be kept, which are none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kds.errors import BadDatabaseUrl

ENVIRONMENT = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "passfile": "PGPASSFILE", "channel_binding": "PGCHANNELBINDING", "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE", "sslnegotiation": "PGSSLNEGOTIATION", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR", "sslcertmode": "PGSSLCERTMODE",
    "requirepeer": "PGREQUIREPEER", "require_auth": "PGREQUIREAUTH", "gssencmode": "PGGSSENCMODE",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION", "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "krbsrvname": "PGKRBSRVNAME", "gsslib": "PGGSSLIB", "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "DateStyle": "PGDATESTYLE", "TimeZone": "PGTZ", "geqo": "PGGEQO",
}  # fmt: skip
"""Which variable says what a URL leaves out. PGDATESTYLE, PGTZ and PGGEQO are settings of the session."""

NUMBERS = (
    "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
)  # fmt: skip
WITHOUT_EFFECT = (
    # ours is kds, kds-listen and so on, by which the views of sql/ find the relays
    "application_name", "fallback_application_name",
    # texts come and go as UTF-8 whatever it says
    "client_encoding",
    "channel_binding", "sslsni", "sslcompression", "sslcertmode", "gssencmode", "gssdelegation", "krbsrvname", "gsslib",
    "min_protocol_version", "max_protocol_version", "sslkeylogfile",
)  # fmt: skip
_CHOICES = {
    "channel_binding": ("disable", "prefer", "require"),
    "sslcertmode": ("disable", "allow"),
    "gssencmode": ("disable", "prefer"),
    "target_session_attrs": ("any", "read-write", "primary"),
    "load_balance_hosts": ("disable", "random"),
}
_CANNOT = ("requirepeer", "require_auth", "sslcrldir", "replication", "scram_client_key", "scram_server_key")
"""What asks for a guarantee that this program cannot give must not be passed over."""
_KNOWN = {
    *ENVIRONMENT, *NUMBERS, *WITHOUT_EFFECT, "service", "servicefile", "sslpassword",
} - {"DateStyle", "TimeZone", "geqo"}  # fmt: skip
_OF_OTHERS = {
    "pgbouncer": "Prisma's word: leave it out, and when this is a pooler in transaction mode give the server's own "
    "address as LISTEN_DATABASE_URL",
    "schema": "Prisma's word: write options=-csearch_path%3DNAME",
    "currentSchema": "JDBC's word: write options=-csearch_path%3DNAME",
    "connection_limit": "Prisma's word: leave it out and set POOL_SIZE",
    "pool_timeout": "Prisma's word: leave it out",
    "sslaccept": "Prisma's word: write sslmode=require or sslmode=verify-full",
    "sslidentity": "Prisma's word: write sslcert=FILE&sslkey=FILE",
    "uselibpqcompat": "a word of Node's: leave it out, sslmode means here what it means to libpq",
    "ssl": "no word of libpq's: write sslmode=require or sslmode=disable",
    "encoding": "a word of Rails': leave it out",
    "pool": "a word of Rails': leave it out and set POOL_SIZE",
    "prepared_statements": "a word of Rails': leave it out",
    "prepareThreshold": "JDBC's word: leave it out",
    "statement_cache_size": "a word of another program: leave it out",
    "supa": "a word of Vercel's: leave it out",
    "workaround": "a word of Vercel's: leave it out",
}

_DIGITS_MAX = 20
"""Python reads no number of more than 4,300, and says so in words of its own."""


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Refuses what cannot be kept, is no number where one must be, or is the word of another program.

    Raises:
        BadDatabaseUrl: with what to write instead.
    """
    for name, value in parameters.items():
        if name in _OF_OTHERS:
            raise BadDatabaseUrl(f"says {name}={value}, {_OF_OTHERS[name]}")
        if name in _CANNOT:
            raise BadDatabaseUrl(f"asks for {name}, which this program cannot do: leave it out")
        if value not in _CHOICES.get(name, (value,)):
            raise BadDatabaseUrl(f"says {name}={value}; it may be {', '.join(_CHOICES[name])}")
        if name in NUMBERS and not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value, re.ASCII):
            raise BadDatabaseUrl(f"says {name}={value}, which is no number")
        if name in NUMBERS and (len(value.strip()) > _DIGITS_MAX or abs(int(value)) >= 2**31):
            raise BadDatabaseUrl(f"says {name}={value}, which is too large")
        if "\0" in value:
            raise BadDatabaseUrl(f"has a NUL character in {name}")


def server_settings(parameters: Mapping[str, str]) -> dict[str, str]:
    """What the server is told with the first message: `options`, and settings of its own such as statement_timeout.

    libpq takes no setting in a URL; asyncpg does, and URLs that hold some go on working.
    """
    return {name: value for name, value in parameters.items() if name == "options" or name not in _KNOWN}
