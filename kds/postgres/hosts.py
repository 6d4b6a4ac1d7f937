"""Which of several hosts is the primary now: the first that answers and takes writes, wherever it stands in the list.

asyncpg asks hosts one after the other, within one time for all: a host that is mute would eat it, and the others would
never be asked. So each is asked by itself, the one that was the primary last first and the next beside it soon after.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

import asyncpg

from kds.errors import BadDatabaseUrl
from kds.postgres.url.address import Address, Host
from kds.postgres.url.tls import SYSTEM, verifying_context

NEXT_HOST_AFTER_S = 0.25
"""The next host is tried beside one that does not answer: a mute one costs nothing."""
ASK_AGAIN_S = 0.5
"""While one host is mute the others are asked again: meanwhile one of them may have become the primary."""


class Primary:
    """Where the database was when last met: one for all links of a process to one URL."""

    def __init__(self) -> None:
        self._place: tuple[str, int] | None = None
        self._links: WeakKeyDictionary[Any, tuple[str, int]] = WeakKeyDictionary()

    def in_turn(self, address: Address) -> list[Host]:
        """The hosts in the order in which to ask them: where one is looked for, that of the last time first."""
        if address.target == "any":
            return list(address.hosts)
        return sorted(address.hosts, key=lambda host: host.place != self._place)

    def met(self, host: Host, link: Any) -> None:
        """Remembers where a link leads, and that the database is there."""
        self._place = self._links[link] = host.place

    def end_links_elsewhere(self, than: Any) -> None:
        """Ends the links to where it is no more: a machine that froze ends none, and each would cost its time-out.

        It is where this link leads, although one made after it may have met the old primary, which takes writes still.
        """
        self._place = self._links[than]
        for link, place in list(self._links.items()):
            if place != self._place:
                link.terminate()


async def connect_primary(address: Address, name: str, primary: Primary | None, within_s: float, **how: Any) -> Any:
    """A connection to the first host that answers and is what the address wants. `within_s` is for each of them.

    Raises:
        CONNECTION_ERRORS: of the host that tells most. Of several hosts each has a note that says why not.
    """
    primary = primary or Primary()
    hosts = waiting = primary.in_turn(address)
    asked: dict[asyncio.Task[Any], Host] = {}
    refusals: dict[Host, BaseException] = {}
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + within_s + NEXT_HOST_AFTER_S * (len(hosts) - 1)
    found: Any = None
    try:
        while (waiting or asked) and (left_s := ends_at - loop.time()) > 0:
            if waiting:
                host, *waiting = waiting
                asked[asyncio.create_task(_connect_host(address, host, name, **how))] = host
            pause_s = NEXT_HOST_AFTER_S if waiting else ASK_AGAIN_S if len(hosts) > 1 else left_s
            done, _ = await asyncio.wait(asked, timeout=min(left_s, pause_s), return_when=asyncio.FIRST_COMPLETED)
            won = [(task, asked.pop(task)) for task in done if task.exception() is None]
            refusals |= {asked.pop(task): error for task in done if (error := task.exception()) is not None}
            for spare, _ in won[1:]:
                spare.result().terminate()
            if won:
                (winner, host), *_ = won
                found = winner.result()
                primary.met(host, found)
                return found
            if not done and not waiting:
                waiting = [host for host in hosts if host not in asked.values()]
    finally:
        for task in asked:
            task.add_done_callback(_terminate_late)
            task.cancel()
        try:
            if asked:
                await asyncio.wait(asked)
        except asyncio.CancelledError:
            if found is not None:
                found.terminate()  # nobody gets it any more
            raise
    raise _telling_most(refusals | {host: TimeoutError(f"no answer in {within_s:g} s") for host in asked.values()})


def _telling_most(refusals: Mapping[Host, BaseException]) -> BaseException:
    # what a server said tells more than that another was not there
    errors = list(refusals.values())
    told = next((error for error in errors if isinstance(error, asyncpg.PostgresError)), errors[0])
    if len(refusals) > 1:
        for host, error in refusals.items():
            told.add_note(f"{host.name}:{host.port} {_why(error)}")
    return told


def _why(error: BaseException) -> str:
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "takes no writes"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _terminate_late(attempt: asyncio.Task[Any]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().terminate()


async def _connect_host(address: Address, host: Host, name: str, **how: Any) -> Any:
    tls = {"sslmode": host.sslmode, **({} if host.sslmode == "disable" else address.tls)}
    try:
        trusted = None
        if host.sslmode == "verify-full" and (host.certificate_name or address.tls.get("sslrootcert") == SYSTEM):
            # reads hundreds of certificates, which would hold the event loop
            trusted = await asyncio.to_thread(verifying_context, address.tls, host.certificate_name)
        connection = await asyncpg.connect(
            "postgresql:///?" + urlencode(tls, quote_via=quote),
            host=host.name,
            port=host.port,
            user=address.user,
            password=host.password or "",
            database=address.database,
            ssl=trusted,
            direct_tls=address.direct_tls and host.sslmode != "disable",
            target_session_attrs=address.target,
            server_settings={**address.server_settings, "application_name": name},
            **how,
        )
    except (ValueError, asyncpg.UndefinedObjectError, asyncpg.CantChangeRuntimeParamError) as error:
        if isinstance(error, OSError):  # a certificate that is not the server's
            raise
        raise BadDatabaseUrl(f"asks for what cannot be done: {error}") from error
    except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as error:
        raise BadDatabaseUrl(f"is refused by the server: {', '.join(str(error).splitlines())}") from error
    _keep_alive(connection, host, address.keepalive)
    return connection


def _keep_alive(connection: Any, host: Host, keepalive: Mapping[str, int]) -> None:
    """What libpq does with keepalives and tcp_user_timeout: a dead peer is noticed, and a NAT forgets no quiet link."""
    if host.name.startswith("/"):
        return
    link = connection._transport.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(keepalive.get("keepalives", 1) != 0))
    options = {
        "keepalives_idle": "TCP_KEEPIDLE",
        "keepalives_interval": "TCP_KEEPINTVL",
        "keepalives_count": "TCP_KEEPCNT",
        "tcp_user_timeout": "TCP_USER_TIMEOUT",
    }
    for name, option in options.items():
        if keepalive.get(name, 0) > 0 and hasattr(socket, option):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), min(keepalive[name], 32_767))
