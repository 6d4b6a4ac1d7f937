"""One WebSocket, whoever is behind it: its life in the hub, its rules, its end.

The rooms say what it is for. A socket is ended in one place, `end`, which never blocks the caller and
never waits longer than a moment for a client that does not read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast
from uuid import UUID

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from kds.config import Config
from kds.errors import Unavailable, UpgradeNeeded
from kds.relay.frame_writer import Subscriber
from kds.relay.frames import close_frame, pong_frame, text_frame
from kds.relay.hub import TopicId
from kds.relay.relay import Relay
from kds.web.identity import Identity, Standing
from kds.web.login.endings import Endings
from kds.web.requests import decode_json
from kds.web.responses import forget_way
from kds.web.sockets.close_codes import RESYNC, REVOKED, TOKEN_EXPIRED, TOO_SLOW
from kds.web.sockets.open_sockets import ACCEPTED, OpenSockets
from kds.web.sockets.patience import read_in_time

log = logging.getLogger(__name__)

INCOMING_BYTES_MAX = 4096
ERRORS_PER_MINUTE = 5
CLOSE_TIMEOUT_S = 1.0

OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


class ClientSocket:
    """An accepted WebSocket in a topic of the hub; with an `identity` and `endings` it ends with the login.

    `show` sends the client its state whole and returns the revision of it; None when it ended the socket instead;
    Unavailable when that cannot be read now: it is asked again.

    There are 10,000 of them in a process: what each keeps is counted (`python -m tests.bench sockets`).
    """

    __slots__ = (
        "_closed",
        "_config",
        "_ended",
        "_endings",
        "_errors",
        "_expiry",
        "_identity",
        "_is_refreshing",
        "_is_stale",
        "_open",
        "_relay",
        "_resumes",
        "_tasks",
        "_topic_id",
        "_ws",
        "branch_id",
        "kind",
        "show",
        "subscriber",
    )

    def __init__(
        self,
        config: Config,
        relay: Relay,
        open_sockets: OpenSockets,
        *,
        kind: str,
        branch_id: UUID,
        topic_id: TopicId,
        resumes: bool,
        show: Callable[[ClientSocket], Awaitable[int | None]],
        identity: Identity | None = None,
        endings: Endings | None = None,
    ) -> None:
        self._config = config
        self._relay = relay
        self._open = open_sockets
        self.kind = kind
        self.branch_id = branch_id
        self._topic_id = topic_id
        self._resumes = resumes
        self._identity = identity
        self._endings = endings
        self._expiry: asyncio.TimerHandle | None = None
        self._ws = web.WebSocketResponse(
            protocols=("kds.v1",),
            compress=False,
            autoclose=False,
            autoping=False,
            timeout=CLOSE_TIMEOUT_S,
            max_msg_size=INCOMING_BYTES_MAX,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._errors: list[float] = []
        self._ended = False
        self._closed: asyncio.Future[None] | None = None
        """Once we end it: that the client has answered, or is gone."""
        self._is_stale = False
        self._is_refreshing = False
        self.show = show
        self.subscriber: Subscriber

    @property
    def response(self) -> web.WebSocketResponse:
        """Its handshake, as aiohttp answers it."""
        return self._ws

    async def accept(self, request: web.Request) -> None:
        """Answers the upgrade and joins the topic, held when the client resumes; its branch is watched already.

        Raises:
            UpgradeNeeded: the request is no handshake of RFC 6455.
        """
        try:
            await self._ws.prepare(request)
        except web.HTTPBadRequest:
            raise UpgradeNeeded("This is a WebSocket: connect to it with ws:// or wss://.") from None
        transport = cast(asyncio.Transport, request.transport)
        self.subscriber = Subscriber(
            transport,
            resumes=self._resumes,
            limit_bytes=self._config.client_buffer_bytes,
            on_cut=self._cut,
            on_resync=self._resync,
        )
        request.pop(ACCEPTED).set_result(self)
        mark = self._relay.listener.marks.get(self.branch_id, 0)
        self.subscriber.revision = mark
        if self._resumes:
            self.subscriber.hold()
        self._open.add(self)
        self._relay.hub.join(self._topic_id, self.subscriber, branch_id=self.branch_id, revision=mark)
        if self._identity is not None and self._endings is not None:
            left_s = max(0.0, self._identity.expires_at - time.time())
            self._expiry = asyncio.get_running_loop().call_later(left_s, self._expire)
            self._endings.watch(self._identity.staff_id, self._review)
            self._review()  # it may have ended since the handshake

    def send(self, message: bytes) -> None:
        """Writes one JSON message of its own to this client."""
        self.subscriber.write(text_frame(message))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something for this socket, as long as it is open."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("socket fault: the client connects anew", exc_info=error)
            self.end(WSCloseCode.INTERNAL_ERROR, "fault of ours")

    async def listen(self) -> None:
        """Reads what the client says until the socket is over."""
        try:
            while (message := await self._ws.receive()).type not in OVER:
                if self._ended:
                    continue  # what crossed our close frame
                self.subscriber.last_heard = asyncio.get_running_loop().time()
                if message.type is WSMsgType.TEXT:
                    self._refuse_message(message.data)
                elif message.type is WSMsgType.PING:
                    self.subscriber.write(pong_frame(message.data))
                elif message.type is WSMsgType.BINARY:
                    self.end(WSCloseCode.UNSUPPORTED_DATA, "text only")
            if not self._ended and message.type is WSMsgType.CLOSE:
                self.subscriber.write(close_frame(message.data or WSCloseCode.OK, ""))
        finally:
            self._leave()
            self.subscriber.transport.close()
            forget_way(self._ws.exception())
            if self._closed is not None and not self._closed.done():
                self._closed.set_result(None)

    def end(self, code: int, reason: str) -> None:
        """Closes the socket; a client that does not take it in a moment is cut off.

        The connection stays until the client has answered with its own close frame: RFC 6455, section 7.1.1. To go
        before would throw away what still waits to be written, and let the system reset what the client has not read.
        """
        if not self._ended:
            self._leave()
            self._relay.meters.close(code)
            self._closed = asyncio.get_running_loop().create_future()
            self.subscriber.write(close_frame(code, reason))
            self._open.closing(asyncio.create_task(self._await_close(code, self._closed)))

    def refresh(self) -> None:
        """Shows the client its state, and what came meanwhile after it; asked again before that is done, once more.

        One at a time: of two states that are read side by side the older one could be sent last.
        """
        self.subscriber.hold()
        self._is_stale = True
        if not self._is_refreshing:
            self._is_refreshing = True
            self.spawn(self._refresh())

    async def _refresh(self) -> None:
        try:
            revision: int | None = None
            while self._is_stale and not self._ended:
                self._is_stale = False
                revision = await self._show()
            if revision is not None:
                self.subscriber.release(revision)
        finally:
            self._is_refreshing = False

    async def _show(self) -> int | None:
        try:
            return await read_in_time(lambda: self.show(self), is_over=lambda: self._ended)
        except Unavailable:
            self._end_stale()
            return None

    def _end_stale(self) -> None:
        self.end(RESYNC, "read the list again")

    def _resync(self) -> None:
        if self._resumes:
            self.refresh()
        else:
            self._end_stale()

    def _review(self) -> None:
        if self._identity is None or self._endings is None or self._ended:
            return
        left_s = self._endings.left_s(self._identity)
        if self._endings.standing(self._identity) is Standing.ENDED:
            self.end(REVOKED, "login ended")
        elif left_s is not None and time.time() + left_s < self._identity.expires_at:
            if self._expiry is not None:
                self._expiry.cancel()
            self._expiry = asyncio.get_running_loop().call_later(left_s, self._move_on)

    def _move_on(self) -> None:
        # not final: whoever has the renewed token comes back with it
        self.end(RESYNC, "login renewed")

    def _expire(self) -> None:
        self.end(TOKEN_EXPIRED, "token expired")

    def _cut(self) -> None:
        self.end(TOO_SLOW, "too slow")

    def _leave(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._relay.hub.leave(self._topic_id, self.subscriber)
        self._open.remove(self)
        self.subscriber.forget_client()
        if self._expiry is not None:
            self._expiry.cancel()
        if self._identity is not None and self._endings is not None:
            self._endings.unwatch(self._identity.staff_id, self._review)
        for task in self._tasks:
            task.cancel()

    async def _await_close(self, code: int, closed: asyncio.Future[None]) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await closed
        except TimeoutError:
            log.info("socket cut code=%d", code)
        finally:
            # close() leaves the descriptor open while bytes wait for a client that does not read
            self.subscriber.transport.abort()

    def _refuse_message(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        self._errors = [*(at for at in self._errors if at >= now - 60), now]
        if len(self._errors) > ERRORS_PER_MINUTE:
            self.end(WSCloseCode.POLICY_VIOLATION, "too many unknown messages")
            return
        try:
            decode_json(text)
            error = {"code": "unknown_message", "message": "This socket only tells. Change things over HTTP."}
        except (msgspec.DecodeError, ValueError, RecursionError):
            error = {"code": "malformed", "message": "This is not JSON."}
        self.send(msgspec.json.encode({"type": "ERROR", "error": error}))
