"""The menu for customers: once over HTTP, and live while an order page is open, so that 86 shows at once."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import msgspec
from aiohttp import web

from kds.config import Config
from kds.domain.links import Links
from kds.domain.text import TABLE_CHARACTERS_MAX, is_label
from kds.errors import NotFound
from kds.guests import answers
from kds.guests.door import REPLACED
from kds.guests.menu.changes import MenuPublisher, menu_topic
from kds.guests.menu.menu import Menu, make_menu
from kds.guests.queries import GuestQueries
from kds.relay.event import utc_now
from kds.web.clients.proxies import check_origin
from kds.web.requests import path_id
from kds.web.responses import json_response
from kds.web.routes import TEXT_SCHEMA, Parameter, route
from kds.web.sockets.client_socket import ClientSocket
from kds.web.sockets.close_codes import RESYNC
from kds.web.sockets.seats import CustomerSeats
from kds.web.sockets.serving import SocketServer

TABLE = Parameter("table", TEXT_SCHEMA, "The table of the link that was opened.")
TABLE_TOKEN = Parameter("tableToken", TEXT_SCHEMA, "The signature of that link.")
VERSION = Parameter("version", TEXT_SCHEMA, "The version of the menu the page has.")
NO_BRANCH = "There is no such restaurant."


async def read_menu(queries: GuestQueries, branch_id: UUID) -> Menu:
    """The menu of a branch.

    Raises:
        NotFound: there is no such branch.
    """
    branch, dishes, moment = await queries.menu(branch_id)
    if branch is None:
        raise NotFound(NO_BRANCH)
    return make_menu(branch, dishes, moment)


class MenuHandler:
    """GET /public/branches/{branchId}/menu, and .../menu/live, upgraded."""

    def __init__(
        self,
        config: Config,
        queries: GuestQueries,
        links: Links,
        sockets: SocketServer,
        menus: MenuPublisher,
        seats: CustomerSeats,
    ) -> None:
        self._config = config
        self._seats = seats
        self._queries = queries
        self._links = links
        self._sockets = sockets
        self._menus = menus

    @route(
        "menu",
        "GET",
        "/public/branches/{branchId}/menu",
        "The menu of a branch",
        answers.Menu,
        parameters=(TABLE, TABLE_TOKEN),
        errors=(404, 503),
    )
    async def menu(self, request: web.Request) -> web.Response:
        """The menu, and whether the table of the link that was opened may be ordered from."""
        branch_id = path_id(request, "branchId")
        menu = await read_menu(self._queries, branch_id)
        table = request.query.get("table")
        body = menu.body
        if table is not None:
            is_required = msgspec.json.decode(body)["requiresTableToken"]
            problem = await self._table_problem(branch_id, table, request.query.get("tableToken", ""), is_required)
            told = {"tableAccepted": problem is None, "tableProblem": problem}
            body = msgspec.json.encode(told)[:-1] + b"," + body[1:]
        answer = json_response(body)
        answer.enable_compression()
        return answer

    async def _table_problem(self, branch_id: UUID, table: str, token: str, is_required: bool) -> str | None:
        """Why nothing can be ordered to this table, as the code of the refusal would say; None when it can."""
        if not token:
            return "table_token_missing" if is_required else None
        generation = self._links.table_generation(branch_id, table, token)
        if generation is None:
            return "table_token_wrong"
        if not is_label(table, TABLE_CHARACTERS_MAX):
            return None  # never printed, and no text that a database would take
        present = await self._queries.table_generations(branch_id, [table])
        return REPLACED if generation < present[table] else None

    @route(
        "menuLive",
        "GET",
        "/public/branches/{branchId}/menu/live",
        "WebSocket: HELLO, then MENU at every change",
        None,
        socket=True,
        parameters=(VERSION,),
        errors=(404,),
    )
    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one order page: HELLO, the menu when it is not the `version` the page has, and every later one."""
        branch_id = path_id(request, "branchId")
        check_origin(request, self._config)
        with self._seats.take(request):
            if await self._queries.branch(branch_id) is None:
                raise NotFound(NO_BRANCH)
            return await self._serve(request, branch_id)

    async def _serve(self, request: web.Request, branch_id: UUID) -> web.StreamResponse:
        self._menus.watch(branch_id)
        try:
            return await self._sockets.serve_unwatched(
                request,
                kind="menu",
                branch_id=branch_id,
                topic_id=menu_topic(branch_id),
                show=partial(self._show, request.query.get("version", "")),
            )
        finally:
            self._menus.unwatch(branch_id)

    async def _show(self, known_version: str, client: ClientSocket) -> int | None:
        try:
            menu = await self._menus.read(client.branch_id)
        except NotFound:
            client.end(RESYNC, "read the menu again")
            return None
        client.show = partial(self._show, "")
        client.send(
            msgspec.json.encode(
                {"type": "HELLO", "version": menu.version, "readAt": menu.read_at, "serverTime": utc_now()}
            )
        )
        if menu.version != known_version:
            client.send(menu.message)
        return menu.revision
