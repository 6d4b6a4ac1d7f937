"""How each request is written down: its path and no query, for that may hold a token."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

LOGGED_PATH_MAX = 512


class PathOnlyAccessLog(AbstractAccessLogger):
    """Logs the path without its query, which may hold a token."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """One line per request."""
        path = request.path[:LOGGED_PATH_MAX]
        self.logger.info(
            "request method=%s path=%s status=%d ms=%.1f", request.method, path, response.status, time * 1000
        )
