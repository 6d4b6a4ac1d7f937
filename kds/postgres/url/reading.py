"""Reads a database URL character by character as libpq does, so that what works in psql works here.

Source: conninfo_uri_parse_options() in PostgreSQL's fe-connect.c; documented in "Connection URIs" of libpq's manual.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from kds.errors import BadDatabaseUrl

SCHEMES = ("postgresql://", "postgres://")
EXAMPLE = "postgresql://user:password@host:5432/database"
ENCODE = "percent-encode the password: @ is %40, / is %2F, : is %3A, % is %25, # is %23"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


def read_url(url: str) -> dict[str, str]:
    """The parameters a URL gives, by libpq's names; `host` and `port` are comma lists as they stand there.

    Raises:
        BadDatabaseUrl: libpq could not read it either. No message repeats what stands before the database's name, for a
            part of the password may be anywhere in it.
    """
    scheme = next((scheme for scheme in SCHEMES if url.startswith(scheme)), None)
    if scheme is None:
        raise BadDatabaseUrl(f"must start with postgresql:// or postgres://, for example {EXAMPLE}")
    try:
        url.encode()
    except UnicodeEncodeError:
        raise BadDatabaseUrl("holds bytes that are no UTF-8: percent-encode them") from None
    found: dict[str, str] = {}
    rest = _read_credentials(url.removeprefix(scheme), found)
    rest = _read_hosts(rest, found)
    if rest.startswith("/"):
        database, question, rest = rest[1:].partition("?")
        if "@" in database:  # libpq would take it, for a database that nobody has
            raise BadDatabaseUrl(ENCODE)
        if database:
            found["dbname"] = _decoded(database)
        rest = question + rest
    if rest:
        _read_parameters(rest[1:], found)
    return found


def _read_credentials(text: str, found: dict[str, str]) -> str:
    before_slash, _, after = text.partition("/")
    if "@" not in before_slash:
        if "@" in after.partition("?")[0]:
            raise BadDatabaseUrl(ENCODE)
        return text
    credentials, _, rest = text.partition("@")
    user, _, password = credentials.partition(":")
    if user:
        found["user"] = _decoded(user)
    if password:
        found["password"] = _decoded(password)
    return rest


def _read_hosts(text: str, found: dict[str, str]) -> str:
    hosts: list[str] = []
    ports: list[str] = []
    while True:
        if text.startswith("["):
            host, bracket, text = text[1:].partition("]")
            if not bracket or not host or text[:1] not in ("", ":", "/", "?", ","):
                raise BadDatabaseUrl("an IPv6 address stands in brackets, such as [::1]:5432")
        else:
            host, text = _until(text, ":/?,")
            if "@" in host:
                raise BadDatabaseUrl(ENCODE)
        hosts.append(host)
        port = ""
        if text.startswith(":"):
            port, text = _until(text[1:], "/?,")
            if port and not (port.isascii() and port.isdigit()):
                raise BadDatabaseUrl(f"has a port that is no number. If it is a part of the password, {ENCODE}")
        ports.append(port)
        if not text.startswith(","):
            break
        text = text[1:]
    if any(hosts):
        found["host"] = _decoded(",".join(hosts))
    if any(ports):
        found["port"] = ",".join(ports)
    return text


def _read_parameters(text: str, found: dict[str, str]) -> None:
    # libpq passes over a ? and an & that nothing follows
    for pair in text.removesuffix("&").split("&") if text else ():
        name, equals, value = pair.partition("=")
        if not equals or "=" in value:
            raise BadDatabaseUrl("has a parameter without a value or with two: write ?name=value&name=value")
        name, value = _decoded(name), _decoded(value)
        # what JDBC writes; libpq takes it too
        if (name, value) == ("ssl", "true"):
            name, value = "sslmode", "require"
        found[name] = value


def _until(text: str, ends: str) -> tuple[str, str]:
    match = re.search(f"[{re.escape(ends)}]", text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def _decoded(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise BadDatabaseUrl(f"has a % that begins no escape. If it is in the password, {ENCODE}")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadDatabaseUrl(f"holds an escape that is no UTF-8. If it is in the password, {ENCODE}") from None
