"""One kitchen screen: auth, hello, resume or snapshot, stream, leave.

Step 5 of the story. kds/relay/hub.py writes the live frames before it; kds/static/js/kitchen/state reads them after it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from aiohttp import web

from kds.config import Config
from kds.errors import Malformed, TooMany, Unavailable
from kds.kitchen.dishes.news import DishNews
from kds.kitchen.messages import event_message
from kds.kitchen.queries import KitchenQueries, Missed
from kds.kitchen.screens import Screen, ScreenRegistry
from kds.kitchen.snapshots import BoardCache
from kds.relay.event import Event, utc_now
from kds.relay.frame_writer import LARGE_BYTES
from kds.relay.frames import text_frame
from kds.relay.relay import Relay
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import check_origin, client_address
from kds.web.identity import Identity
from kds.web.login.endings import Endings
from kds.web.requests import IDENTITY
from kds.web.routes import TEXT_SCHEMA, Parameter, route
from kds.web.sockets.client_socket import ClientSocket
from kds.web.sockets.close_codes import TOO_MANY_SCREENS
from kds.web.sockets.open_sockets import OpenSockets

REPLAY_MAX = 500
"""Orders sent one by one; when more have changed, a snapshot is shorter."""
REVISION_MAX = 2**63 - 1

SINCE = Parameter(
    "since",
    {"type": "string", "pattern": "^[0-9]{1,30}$"},
    "The last revision applied; 0 for a snapshot. Without it the client gets live messages only.",
)
EPOCH = Parameter("epoch", TEXT_SCHEMA, "The epoch of that revision.")
AT = Parameter("at", TEXT_SCHEMA, "The timestamp of that revision.")
DISHES = Parameter(
    "dishes",
    {"type": "string", "enum": ["live"]},
    "With it a client that resumes is told DISHES_CHANGED when it is to ask listDishes again.",
)


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a client says it has: the last revision applied, its epoch and its time. A plain client has no `since`."""

    since: int | None
    epoch: str
    at: str | None


class DisplayHandler:
    """GET /kitchen/display, upgraded."""

    def __init__(
        self,
        config: Config,
        queries: KitchenQueries,
        endings: Endings,
        relay: Relay,
        boards: BoardCache,
        open_sockets: OpenSockets,
        registry: ScreenRegistry,
        dish_news: DishNews,
    ) -> None:
        self._config = config
        self._queries = queries
        self._endings = endings
        self._relay = relay
        self._boards = boards
        self._open = open_sockets
        self._registry = registry
        self._dish_news = dish_news
        self._counts: Counter[str | UUID] = Counter()
        self._turns = asyncio.Lock()

    @route(
        "display",
        "GET",
        "/kitchen/display",
        "WebSocket of a kitchen screen; subprotocols kds.v1, bearer.JWT instead of ?token=",
        None,
        role="KITCHEN",
        socket=True,
        parameters=(SINCE, EPOCH, AT, DISHES),
    )
    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one screen from its handshake to its end; a bad token or role is refused before the upgrade."""
        identity = request[IDENTITY]
        check_origin(request, self._config)
        resume = _resume_point(request)
        networks = counted_networks(client_address(request, self._config))
        for network, share in networks.items():
            if self._counts[network] >= share * self._config.max_sockets_per_address:
                raise TooMany("Too many screens from this address.", retry_after_s=5)
        keys: tuple[str | UUID, ...] = (*networks, identity.staff_id, identity.branch_id)
        # counted before anything is waited for, or a burst would pass the limit together
        self._counts.update(keys)
        try:
            await self._relay.watch(identity.branch_id)
            try:
                return await self._serve(request, identity, resume, keys)
            finally:
                self._relay.unwatch(identity.branch_id)
        finally:
            self._counts.subtract(keys)
            for key in keys:
                if self._counts[key] <= 0:
                    del self._counts[key]

    async def _serve(
        self, request: web.Request, identity: Identity, resume: ResumePoint, keys: tuple[str | UUID, ...]
    ) -> web.StreamResponse:
        client = ClientSocket(
            self._config,
            self._relay,
            self._open,
            kind="kitchen",
            branch_id=identity.branch_id,
            topic_id=identity.branch_id,
            resumes=resume.since is not None,
            show=partial(self._greet, resume),
            identity=identity,
            endings=self._endings,
        )
        await client.accept(request)
        screen = Screen(uuid.uuid4().hex, identity.branch_id, identity.staff_id, client.subscriber)
        self._registry.add(screen)
        if resume.since is not None and request.query.get("dishes") == "live":
            self._dish_news.watch(identity.branch_id, client.subscriber)
        try:
            if not self._over_limit(client, keys) and resume.since is not None:
                client.refresh()
            await client.listen()
        finally:
            self._registry.remove(screen)
            self._dish_news.unwatch(identity.branch_id, client.subscriber)
        return client.response

    def _over_limit(self, client: ClientSocket, keys: tuple[str | UUID, ...]) -> bool:
        *_, user, branch = keys
        if len(self._open) > self._config.max_sockets:
            client.end(1013, "server full")
        elif (
            self._counts[user] > self._config.max_sockets_per_user
            or self._counts[branch] > self._config.max_sockets_per_branch
        ):
            client.end(TOO_MANY_SCREENS, "too many screens")
        else:
            return False
        return True

    # Hello, resume, snapshot

    async def _greet(self, resume: ResumePoint, client: ClientSocket) -> int | None:
        client.show = self._send_snapshot
        try:
            missed = await self._missed(client.branch_id, resume)
            hello = (
                f'{{"type":"HELLO","protocol":1,"branchId":"{client.branch_id}","epoch":"{missed.epoch}",'
                f'"revision":{missed.head},"serverTime":"{utc_now()}"}}'
            )
            client.send(hello.encode())
            if missed.resumable and resume.since:
                return await self._replay(client, resume.since, missed)
            return await self._send_snapshot(client)
        except Unavailable:
            client.end(1013, "database away")
            return None

    async def _missed(self, branch_id: UUID, resume: ResumePoint) -> Missed:
        since = min(resume.since or 0, REVISION_MAX)
        return await self._queries.missed(branch_id, since, resume.epoch, resume.at, REPLAY_MAX)

    async def _replay(self, client: ClientSocket, since: int, missed: Missed) -> int:
        prev = since
        frames: list[bytes] = []
        for row in missed.events:
            event = Event(
                client.branch_id, row["revision"], prev, row["kind"], row["order_id"], row["timestamp"], row["body"]
            )
            frames.append(text_frame(event_message(event)))
            prev = event.revision
        await self._write(client, b"".join(frames))
        self._relay.meters.replay(len(missed.events))
        return max(prev, missed.head)

    async def _send_snapshot(self, client: ClientSocket) -> int:
        listener = self._relay.listener
        mark = await listener.marked(client.branch_id)
        board = await self._boards.board(client.branch_id, epoch=listener.epoch, at_least=mark)
        await self._write(client, board.frame)
        self._relay.meters.snapshot()
        return board.revision

    async def _write(self, client: ClientSocket, frames: bytes) -> None:
        """What a client needs to be right must fit once, of whatever size; what waits beside it is bounded as ever."""
        client.subscriber.limit_bytes = self._config.client_buffer_bytes + len(frames)
        if len(frames) <= LARGE_BYTES:
            client.subscriber.write(frames)
        else:
            async with (
                self._turns
            ):  # boards of a hundred screens at once are written with a turn of the loop after each
                client.subscriber.write(frames)
                await asyncio.sleep(0)


def _resume_point(request: web.Request) -> ResumePoint:
    text = request.query.get("since")
    if text is None:
        return ResumePoint(None, "", None)
    if not text.isascii() or not text.isdigit() or len(text) > 30:
        raise Malformed("since must be a revision: a number.", code="bad_since")
    at = request.query.get("at")
    return ResumePoint(int(text), _ours(request.query.get("epoch", "")), at if at is None else _ours(at))


def _ours(text: str) -> str:
    """An epoch or a timestamp as we write them; anything else is none of ours, and its like is not in the database."""
    return text if len(text) <= 64 and text.isascii() and text.isprintable() else ""
