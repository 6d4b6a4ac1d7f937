"""A WebSocket of any kind, from its upgrade to its end: a new kind of client brings only what it tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from kds.config import Config
from kds.relay.audience import Audience
from kds.relay.hub import TopicId
from kds.relay.relay import Relay
from kds.web.clients.proxies import check_origin
from kds.web.login.endings import Endings
from kds.web.requests import IDENTITY
from kds.web.sockets.client_socket import ClientSocket
from kds.web.sockets.open_sockets import OpenSockets


class SocketServer:
    """Serves clients of a topic of the hub; an audience of the relay makes their messages, see `tell`."""

    def __init__(self, config: Config, relay: Relay, open_sockets: OpenSockets, endings: Endings) -> None:
        self._config = config
        self._relay = relay
        self.open = open_sockets
        self._endings = endings

    def tell(self, audience: Audience) -> None:
        """As Relay.tell: from now on this audience is told of every event."""
        self._relay.tell(audience)

    async def serve(
        self,
        request: web.Request,
        *,
        kind: str,
        branch_id: UUID,
        topic_id: TopicId,
        show: Callable[[ClientSocket], Awaitable[int | None]],
    ) -> web.StreamResponse:
        """Serves one client, who was let in before, until the socket is over; `show` is that of ClientSocket.

        Where the route has a role, the socket ends with the login.

        Raises:
            NotAllowed: another site's page opens it.
            Unavailable: nothing could be relayed to it now.
        """
        check_origin(request, self._config)
        await self._relay.watch(branch_id)
        try:
            return await self.serve_unwatched(request, kind=kind, branch_id=branch_id, topic_id=topic_id, show=show)
        finally:
            self._relay.unwatch(branch_id)

    async def serve_unwatched(
        self,
        request: web.Request,
        *,
        kind: str,
        branch_id: UUID,
        topic_id: TopicId,
        show: Callable[[ClientSocket], Awaitable[int | None]],
    ) -> web.StreamResponse:
        """As `serve`, for a client that is told no events, and whose Origin was checked before."""
        client = ClientSocket(
            self._config,
            self._relay,
            self.open,
            kind=kind,
            branch_id=branch_id,
            topic_id=topic_id,
            resumes=True,
            show=show,
            identity=request.get(IDENTITY),
            endings=self._endings,
        )
        await client.accept(request)
        client.refresh()
        await client.listen()
        return client.response
