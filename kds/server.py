"""One server process: the application on a port, from start to a graceful end."""

from __future__ import annotations

import logging
import socket

from aiohttp import web

from kds.app import BOARDS, HTTP_METRICS, MENUS, OPEN_SOCKETS, OPERATIONS, RELAY, create_app
from kds.config import Config
from kds.garbage import LastingObjects
from kds.guests.menu.changes import MenuPublisher
from kds.kitchen.snapshots import BoardCache
from kds.relay.relay import Relay
from kds.web.access_log import PathOnlyAccessLog
from kds.web.connections.keepalive import guard_against_dead_peers
from kds.web.connections.protocol import Runner
from kds.web.health.http_metrics import HttpMetrics

log = logging.getLogger(__name__)

BACKLOG = 4096
"""Connections that may wait to be accepted: a thousand screens come back at once."""


class Server:
    """Serves until `stop`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._app = create_app(config)
        self._runner = self._run(self._app)
        self._operations = self._run(self._app[OPERATIONS]) if config.metrics_address else None
        self._lasting = LastingObjects(lambda: self._runner.connections + self.open_sockets)
        self.port = 0
        self.metrics_port = 0

    def _run(self, app: web.Application) -> Runner:
        config = self._config
        return Runner(
            app,
            access_log_class=PathOnlyAccessLog,
            # also ends a connection whose request head does not arrive
            keepalive_timeout=config.request_stall_s,
            # for the rest of a body that no handler reads
            lingering_time=config.request_stall_s,
            # a body is read as it was sent: no few bytes that become many
            auto_decompress=False,
            shutdown_timeout=config.shutdown_s,
            handle_signals=False,
        )

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return _url(self._config.host, self.port)

    @property
    def metrics_url(self) -> str:
        """Where Prometheus on this machine finds its metrics."""
        return _url(self._config.metrics_address[0], self.metrics_port) if self._config.metrics_address else self.url

    @property
    def relay(self) -> Relay:
        """The relay of this process."""
        return self._app[RELAY]

    @property
    def boards(self) -> BoardCache:
        """The boards that this process keeps."""
        return self._app[BOARDS]

    @property
    def menus(self) -> MenuPublisher:
        """The menus that this process shows."""
        return self._app[MENUS]

    @property
    def http_metrics(self) -> HttpMetrics:
        """The answers of this process, counted."""
        return self._app[HTTP_METRICS]

    @property
    def open_sockets(self) -> int:
        """How many WebSockets are open."""
        return len(self._app[OPEN_SOCKETS])

    async def start(self) -> None:
        """Listens; returns when requests are answered and the relay is live, or PostgreSQL did not answer it.

        Raises:
            OSError: a port is taken, or not allowed.
        """
        self._lasting.start()
        self.port = await _start(self._runner, self._config.host, self._config.port)
        if self._operations is not None:
            self.metrics_port = await _start(self._operations, *self._config.metrics_address)
            log.info("metrics url=%s", self.metrics_url)
        await self.relay.listener.settled()
        log.info("serving url=%s", self.url)

    async def stop(self) -> None:
        """Tells every screen 1001, lets requests finish, gives everything back."""
        if self._operations is not None:
            await self._operations.cleanup()
        self._lasting.stop()
        await self._runner.cleanup()


async def _start(runner: Runner, host: str, port: int) -> int:
    """The port that is listened on."""
    await runner.setup()
    listening = _listen(host, port)
    guard_against_dead_peers(listening)
    await web.SockSite(runner, listening, backlog=BACKLOG).start()
    taken: int = listening.getsockname()[1]
    return taken


def _url(host: str, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; `::` also takes IPv4, whose addresses then come as ::ffff:192.0.2.1."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    is_dual = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=is_dual)
