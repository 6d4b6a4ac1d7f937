"""What is answered before there is a route: bytes that are no HTTP, and paths that are too long to look up.

aiohttp has no hook for this, so its protocol class is replaced: its page names versions, and its log line quotes what
came, which may hold a token.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from kds.errors import Malformed
from kds.web.connections.masked_frames import MaskedFrames
from kds.web.headers import SECURITY_HEADERS
from kds.web.responses import error_response, http_error_response

log = logging.getLogger(__name__)

_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
PATH_BYTES_MAX = 512
"""Four times our longest route. aiohttp looks a path up once for each `/` in it, each time copying what is left."""


_NO_REQUESTS: deque[Any] = deque()
"""Of all connections that have become sockets: an empty one takes 760 bytes."""
LOST_PER_ROUND = 20
"""Each costs some 0.2 ms."""


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
        """Answers a request that cannot be read; every other failure was answered by kds/web/responses.py."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        log.info("request unreadable error=%s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of an answer was sent already")
        response = _before_any_route(error_response(Malformed("This is no HTTP request that can be read.")))
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answers what aiohttp refuses before our middleware, such as an unknown Expect, in the shape of ours."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = http_error_response(resp)
        if isinstance(resp, web.WebSocketResponse) and resp.prepared:
            self.log_access(request, resp, start_time)
            self._hand_over(request, resp)
            return resp, True  # no request comes after it
        return await super().finish_response(request, resp, start_time)

    def _hand_over(self, request: web.BaseRequest, accepted: web.WebSocketResponse) -> None:
        """Leaves the connection to the socket that was accepted, and keeps nothing that only a request needs.

        The handler's frames keep the request while the socket lives, so it is emptied.
        """
        self.transport = None  # or it would be closed when the request has ended
        self._parser = None
        self._messages = _NO_REQUESTS
        accepted._req = None
        accepted.headers.clear()
        vars(request).clear()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Waits for its turn: when a thousand clients leave at once, events go out between them."""
        if isinstance(self._manager, _Connections):
            self._manager.lose(self, exc)

    def end(self, error: BaseException | None) -> None:
        """What aiohttp does when a connection is lost."""
        super().connection_lost(error)

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
    """Makes a protocol for each connection, and takes leave of them a part at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lost: deque[tuple[_Protocol, BaseException | None]] = deque()

    def lose(self, protocol: _Protocol, error: BaseException | None) -> None:
        """A connection is over: whoever it belongs to hears of it in one of the next rounds of the event loop."""
        self._lost.append((protocol, error))
        if len(self._lost) == 1:
            self._loop.call_soon(self._lose_some)

    def _lose_some(self) -> None:
        for _ in range(min(LOST_PER_ROUND, len(self._lost))):
            protocol, error = self._lost.popleft()
            self._loop.call_soon(protocol.end, error)  # each by itself, so that one that fails holds nobody back
        if self._lost:
            self._loop.call_soon(self._lose_some)

    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._connections)


class Runner(web.AppRunner):
    """Runs an application as aiohttp's own runner does, with these answers."""

    __slots__ = ()

    @property
    def connections(self) -> int:
        """How many are open, whatever they are for."""
        return self.server.count if isinstance(self.server, _Connections) else 0

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Connections(
            _refuse_long_paths(made.request_handler), request_factory=made.request_factory, **made._kwargs
        )


def _refuse_long_paths(handler: _Handler) -> _Handler:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if len(request.rel_url.raw_path) > PATH_BYTES_MAX:
            return _before_any_route(http_error_response(web.HTTPNotFound()))
        return await handler(request)

    return handle


def _before_any_route(response: web.Response) -> web.Response:
    """With the headers that on_response_prepare adds to what a route answers."""
    response.headers.update(SECURITY_HEADERS)
    return response
