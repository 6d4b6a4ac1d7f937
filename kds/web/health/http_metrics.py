"""Answers over HTTP, counted by the route as it was declared: no path and no id, of which there is no end."""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram

from kds.relay.meters import DELAYS_S
from kds.web.responses import BEGAN_AT


class HttpMetrics:
    """The answers of a process, in its registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter("kds_http_requests", "Answers.", ["method", "route", "status"], registry=registry)
        self._answer_s = Histogram(
            "kds_http_request_seconds",
            "From the request's head to its answer's; a WebSocket counts to its handshake.",
            ["route"],
            buckets=DELAYS_S,
            registry=registry,
        )

    async def count(self, request: web.Request, response: web.StreamResponse) -> None:
        """Counts an answer: an on_response_prepare signal."""
        resource = request.match_info.route.resource
        route, method = (resource.canonical, request.method) if resource is not None else ("none", "any")
        now = asyncio.get_running_loop().time()
        self.add(method, route, response.status, now - request.get(BEGAN_AT, now))

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request of a route was answered."""
        self._answers.labels(method, route, str(status)).inc()
        self._answer_s.labels(route).observe(seconds)
