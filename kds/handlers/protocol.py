"""What is answered before there is a request: bytes that are no HTTP get the error shape, not aiohttp's own page.

aiohttp has no hook for this, so its protocol class is replaced: its page names versions, and its log line quotes what
came, which may hold a token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kds.errors import Malformed
from kds.handlers.edge import SECURITY_HEADERS, error_response, http_error_response
from kds.handlers.frames import MaskedFrames

log = logging.getLogger(__name__)


class _Protocol(web.RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answers a request that cannot be read; every other failure was answered by kds/handlers/edge.py."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        log.info("request unreadable error=%s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of an answer was sent already")
        response = error_response(Malformed("This is no HTTP request that can be read."))
        response.headers.update(SECURITY_HEADERS)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answers what aiohttp refuses before our middleware, such as an unknown Expect, in the shape of ours."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = http_error_response(resp)
        return await super().finish_response(request, resp, start_time)

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """From the handshake on frames are read, of which each must be masked."""
        super().set_parser(MaskedFrames(parser), data_received_cb)  # type: ignore[arg-type]

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Passes over the rest of a body that nobody wanted and that turned out to be unreadable."""
        if isinstance(kwargs.get("exc_info"), web.RequestPayloadError):
            log.info("request body unreadable")
        else:
            super().log_exception(*args, **kwargs)


class _Connections(web.Server):
    """Makes a protocol for each connection."""

    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application as aiohttp's own runner does, with these answers."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Connections(made.request_handler, request_factory=made.request_factory, **made._kwargs)
