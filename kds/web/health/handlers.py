"""Whether this process lives, whether it can serve, and what it has done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Info, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from kds import __version__
from kds.errors import Unavailable
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.migrate.triggers import shown
from kds.postgres.shortage import LOCKS
from kds.relay.relay import Relay
from kds.version import commit_of
from kds.web.health.answers import Health, Readiness
from kds.web.health.metrics import MetricsText, RelayCollector
from kds.web.health.queries import HealthQueries
from kds.web.health.triggers import TriggerWatch
from kds.web.login.sessions import SessionFollower
from kds.web.responses import encoded_response, json_response
from kds.web.routes import TEXT, route
from kds.web.sockets.open_sockets import OpenSockets

log = logging.getLogger(__name__)

BROKEN_SHOWN = 20


class HealthHandlers:
    """/healthz, /readyz and /metrics."""

    def __init__(
        self,
        queries: HealthQueries,
        relay: Relay,
        open_sockets: OpenSockets,
        held: Iterable[Collector],
        sessions: SessionFollower,
        triggers: TriggerWatch,
        *,
        registry: CollectorRegistry,
        boards_read: Callable[[], int],
    ) -> None:
        self._queries = queries
        self._relay = relay
        self._sessions = sessions
        self._triggers = triggers
        self._collector = RelayCollector(relay, open_sockets.kinds, queries.pool.use, boards_read, triggers)
        registry.register(self._collector)
        for collector in held:
            registry.register(collector)
        ProcessCollector(registry=registry)
        build = Info("kds_build", "Which version this process runs.", registry=registry)
        build.info({"version": __version__, "commit": commit_of() or ""})
        self._metrics = MetricsText(registry)

    @route("healthz", "GET", "/healthz", "Whether the process answers", Health, operational=True)
    async def healthz(self, _request: web.Request) -> web.Response:
        """200 as long as the process answers."""
        return json_response(b'{"status":"ok"}')

    async def readyz_in_short(self, request: web.Request) -> web.Response:
        """As readyz, for the world: no host, no process id, no version."""
        status = (await self.readyz(request)).status
        return json_response(b'{"status":"ready"}' if status == 200 else b'{"status":"not ready"}', status)

    @route(
        "readyz",
        "GET",
        "/readyz",
        "Whether it can serve; 503 with the same when not",
        Readiness,
        operational=True,
        also=((503, "Not ready."),),
    )
    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when database, LISTEN link and schema are good, else 503 with what is not.

        Orders that no screen can show, and lost triggers, take no process out of service: every other one has
        the same. The log says what is wrong with them.
        """
        needed = newest_version()
        version: int | None = None
        batching: dict[str, Any] | None = None
        database, short_of, hoarder = "away", None, None
        try:
            version = await self._queries.schema_version()
            batching = await self._queries.batching()
            await self._queries.check_room()
            database = "ok"
        except Unavailable as error:
            short_of = error.short_of
        if short_of is not None:
            database = "short"
            hoarder = await self._queries.hoarder() if short_of == LOCKS else None
            log.error("database short of=%s hoarder=%s", short_of, hoarder)
        # a newer schema is what a deploy leaves under this process for a while: migrations expand before they contract
        ready = version is not None and version >= needed and self._relay.is_live and database == "ok"
        answer = {
            "status": "ready" if ready else "not ready",
            "database": database,
            "shortOf": short_of,
            "hoarder": hoarder,
            "schemaVersion": version,
            "schemaNeeded": needed,
            "relay": self._relay.listener.state.value,
            "brokenOrders": [
                {"orderId": order.order_id, "branchId": order.branch_id}
                for order in islice(self._relay.broken, BROKEN_SHOWN)
            ],
            "lostTriggers": [shown([name]) for name in self._triggers.lost],
            "clockApartS": None if self._sessions.clock_apart_s is None else round(self._sessions.clock_apart_s, 3),
            "batching": {"here": self._relay.batching.state.value, **(batching or {})},
        }
        return encoded_response(answer, status=200 if ready else 503)

    @route("metrics", "GET", "/metrics", "Counters for Prometheus", TEXT, operational=True)
    async def metrics(self, _request: web.Request) -> web.Response:
        """The counters of this process for Prometheus."""
        self._collector.loop = asyncio.get_running_loop()
        return web.Response(
            body=await self._metrics.read(),
            headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
        )
