"""Where the database is and how it is asked: a URL, the service it names and the PG* variables, together."""

from __future__ import annotations

import getpass
import ipaddress
import os
import random
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from kds.errors import BadDatabaseUrl
from kds.postgres.url.files import file_passed_over, password_of, read_service
from kds.postgres.url.parameters import ENVIRONMENT, check_parameters, server_settings
from kds.postgres.url.reading import ENCODE, read_url
from kds.postgres.url.tls import PASSED_ON, check_tls, is_verified

DEFAULT_PORT = 5432
SOCKET_FOLDERS = ("/run/postgresql", "/var/run/postgresql", "/tmp", "/private/tmp")
"""Where packages of PostgreSQL put their socket; the first one that is there is meant when no host is named."""
LEAST_TIMEOUT_S = 2.0
"""libpq waits no shorter, whatever connect_timeout says."""


@dataclass(frozen=True)
class Host:
    """One server that may be the database: a name, an address, or the folder of a socket."""

    name: str
    port: int
    sslmode: str
    password: str | None = field(repr=False)
    certificate_name: str | None = None
    """What a certificate must be for, when `name` is the address of hostaddr; else that is `name`."""

    @property
    def place(self) -> tuple[str, int]:
        """Which server it is, whatever the link to it is like."""
        return self.name, self.port

    @property
    def is_local(self) -> bool:
        """Whether the link stays on this machine."""
        return _is_local(self.name)


@dataclass(frozen=True)
class Address:
    """A database, whichever of its hosts holds it now."""

    hosts: tuple[Host, ...]
    user: str
    database: str
    target: str
    """target_session_attrs: any, primary or read-write."""
    connect_timeout_s: float | None
    """What the deployer gives one host to answer; None when the caller decides."""
    tls: Mapping[str, str] = field(repr=False)
    direct_tls: bool
    """sslnegotiation=direct: no question before the handshake."""
    server_settings: Mapping[str, str] = field(repr=False)
    """What the deployer wants with the first message; some poolers refuse it there."""
    keepalive: Mapping[str, int]
    notices: tuple[str, ...]
    """What a deployer should know and nothing stops at."""


def read_address(url: str, environ: Mapping[str, str] = os.environ) -> Address:
    """What a URL means in this environment, as libpq would read it.

    Beyond libpq: a link off this machine without an sslmode must be encrypted, and of several hosts the one that takes
    writes is meant unless the URL says otherwise.

    Raises:
        BadDatabaseUrl: in words that follow the name of the variable, and hold no secret.
    """
    try:
        return _read_address(url, environ)
    except BadDatabaseUrl as error:
        if url.count("@") < 2:
            raise
        # what seems to be a host or a parameter may be a part of the password
        raise BadDatabaseUrl(f"holds more than one @: {ENCODE}") from error


def _read_address(url: str, environ: Mapping[str, str]) -> Address:
    parameters = read_url(url)
    parameters |= {k: v for k, v in read_service(parameters, environ).items() if k not in parameters}
    for name, variable in ENVIRONMENT.items():
        if environ.get(variable):
            parameters.setdefault(name, environ[variable])
    check_parameters(parameters)
    _split_ports(parameters)
    user = parameters.get("user") or _login_name()
    database = parameters.get("dbname") or user
    mode = parameters.get("sslmode")
    if mode is None and parameters.get("sslrootcert") == "system":
        mode = "verify-full"
    names = _host_names(parameters, mode)
    ports = _ports(parameters, len(names))
    hosts = []
    for (name, certificate_name), port in zip(names, ports, strict=True):
        known_as = certificate_name or name
        password = parameters.get("password") or password_of(parameters, environ, known_as, port, database, user)
        hosts.append(Host(name, port, _mode_for(name, mode), password, certificate_name))
    for host_mode in dict.fromkeys(host.sslmode for host in hosts if not host.name.startswith("/")):
        check_tls(parameters, environ, host_mode)
    target = parameters.get("target_session_attrs", "read-write" if len(hosts) > 1 else "any")
    if parameters.get("load_balance_hosts") == "random":
        random.shuffle(hosts)
    timeout_s = float(parameters.get("connect_timeout", 0))
    return Address(
        hosts=tuple(hosts),
        user=user,
        database=database,
        target=target,
        connect_timeout_s=max(LEAST_TIMEOUT_S, timeout_s) if timeout_s > 0 else None,
        direct_tls=parameters.get("sslnegotiation") == "direct",
        tls={name: parameters[name] for name in PASSED_ON if name in parameters},
        server_settings=server_settings(parameters),
        keepalive={k: int(v) for k, v in parameters.items() if k.startswith("keepalives") or k == "tcp_user_timeout"},
        notices=(
            *_url_notices(url, parameters),
            *_tls_notices(hosts, parameters, environ),
            *([] if parameters.get("password") else file_passed_over(parameters, environ)),
        ),
    )


def _host_names(parameters: Mapping[str, str], mode: str | None) -> list[tuple[str, str | None]]:
    """Where to connect to, and the host beside it when that is an address of hostaddr."""
    names = parameters.get("host", "").split(",")
    addresses = parameters.get("hostaddr", "").split(",")
    if not any(addresses):
        addresses = [""] * len(names)
    elif not any(names):
        names = [""] * len(addresses)
    if len(addresses) != len(names):
        raise BadDatabaseUrl(f"has {len(names)} hosts for {len(addresses)} of hostaddr")
    hosts = list(zip(names, addresses, strict=True))
    if mode == "verify-full" and any(address and not name for name, address in hosts):
        raise BadDatabaseUrl("has hostaddr with sslmode=verify-full: give the name that the certificate has, as host")
    for name in (each for host in hosts for each in host):
        if name.startswith("@"):
            raise BadDatabaseUrl(f"has a host that begins with @. If it is a part of the password, {ENCODE}")
        try:
            name.encode("idna")
        except UnicodeError:
            if not name.startswith("/"):
                raise BadDatabaseUrl("has a host that is no name: " + ENCODE) from None
    return [(address or name or _default_host(), (name or None) if address else None) for name, address in hosts]


def _split_ports(parameters: dict[str, str]) -> None:
    """Reads ?host=a:1,b:2 too: libpq would look for a host of that name, asyncpg has always taken it."""
    parts = [re.fullmatch(r"([^:/]+):([0-9]+)", name) for name in parameters.get("host", "").split(",")]
    if "port" not in parameters and all(parts):
        parameters["host"], parameters["port"] = (",".join(part[n] for part in parts if part) for n in (1, 2))


def _default_host() -> str:
    if sys.platform != "win32":
        for folder in SOCKET_FOLDERS:
            if os.path.exists(f"{folder}/.s.PGSQL.{DEFAULT_PORT}"):
                return folder
    return "localhost"


def _ports(parameters: Mapping[str, str], count: int) -> list[int]:
    texts = parameters.get("port", "").split(",")
    if len(texts) == 1:
        texts *= count
    if len(texts) != count:
        raise BadDatabaseUrl(f"has {count} hosts for {len(texts)} ports")
    ports = []
    for text in texts:
        text = text.strip() or str(DEFAULT_PORT)
        if not re.fullmatch("0*[0-9]{1,5}", text) or not 0 < int(text[-5:]) < 65_536:
            raise BadDatabaseUrl("has a port that is no number from 1 to 65535")
        ports.append(int(text[-5:]))
    return ports


def _is_local(name: str) -> bool:
    if name.startswith("/") or name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _mode_for(name: str, mode: str | None) -> str:
    if name.startswith("/"):
        return "disable"
    return mode or ("prefer" if _is_local(name) else "require")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        raise BadDatabaseUrl("names no user, and the user of this process has no name: add it") from None


def _url_notices(url: str, parameters: Mapping[str, str]) -> list[str]:
    notices = []
    credentials, at, _ = url.partition("//")[2].partition("/")[0].partition("@")
    if at and any(character in credentials for character in "#?"):
        notices.append(f"is read as psql reads it, but other programs cut it at # or ?: {ENCODE}")
    if parameters.get("channel_binding") == "require":
        notices.append(
            "says channel_binding=require, which this program cannot do: verify the server by sslmode=verify-full"
        )
    return notices


def _tls_notices(hosts: list[Host], parameters: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    far = [host for host in hosts if not host.is_local]
    open_hosts = [host.name for host in far if host.sslmode in ("disable", "allow", "prefer")]
    unverified = [
        host.name for host in far if host.sslmode == "require" and not is_verified(parameters, environ, host.sslmode)
    ]
    notices = []
    if open_hosts:
        mode = next(host.sslmode for host in far)
        notices.append(
            f"leaves the link to {', '.join(open_hosts)} open to be read (sslmode={mode}): use sslmode=verify-full"
        )
    if unverified:
        notices.append(
            f"encrypts the link to {', '.join(unverified)}, but does not verify who answers: add "
            "sslmode=verify-full&sslrootcert=system, or sslrootcert=FILE with your provider's certificate"
        )
    return notices
