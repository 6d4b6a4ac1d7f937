"""How each request is written down and counted: its path and no query, for that may hold a token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from kds.relay.meters import Meters

LOGGED_PATH_MAX = 512
BEGAN_AT: web.RequestKey[float] = web.RequestKey("began_at", float)


def count_answers(meters: Meters) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Counts every answer by the route as it was declared, as an on_response_prepare signal: no path, no id, no end."""

    async def count(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        route, method = (resource.canonical, request.method) if resource is not None else ("none", "any")
        now = asyncio.get_running_loop().time()
        meters.answer(method, route, response.status, now - request.get(BEGAN_AT, now))

    return count


class PathOnlyAccessLog(AbstractAccessLogger):
    """Logs the path without its query, which may hold a token."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """One line per request."""
        path = request.path[:LOGGED_PATH_MAX]
        self.logger.info(
            "request method=%s path=%s status=%d ms=%.1f", request.method, path, response.status, time * 1000
        )
