"""The table sheet: for each table the signed link that its QR code holds, to be printed by a manager."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import segno
from aiohttp import web
from msgspec import Meta

from kds.config import Config
from kds.domain.links import Links
from kds.domain.text import TABLE_CHARACTERS_MAX, is_label
from kds.errors import NotFound, Unprocessable
from kds.manager.tables.answers import TableSheet
from kds.manager.tables.queries import TableQueries
from kds.web.clients.proxies import public_origin
from kds.web.requests import BODY, IDENTITY
from kds.web.responses import json_response
from kds.web.routes import Parameter, route

log = logging.getLogger(__name__)

TABLES_MAX = 200
CODES_KEPT = 1000
"""A code is some 5 kB."""
MASK = 3
"""Every reader takes any mask. To try all eight for the prettiest takes five times as long, and a long turn of the loop
waits for the interpreter while a thread draws."""


class Renewal(msgspec.Struct, forbid_unknown_fields=True):
    """The tables whose codes are made anew."""

    tables: Annotated[list[str], Meta(min_length=1, max_length=TABLES_MAX)]


TABLES = Parameter(
    "table",
    {"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9]{1,40}$"}, "minItems": 1, "maxItems": 200},
    "1 to 200 tables of 1 to 40 printable characters.",
    required=True,
)


class TableHandler:
    """GET /manager/tables?table=T1&table=T2: the links and codes of these tables; POST .../renew makes them anew."""

    def __init__(self, config: Config, queries: TableQueries, links: Links) -> None:
        self._config = config
        self._queries = queries
        self._links = links
        self._codes = Codes()

    @route(
        "tableSheet",
        "GET",
        "/manager/tables",
        "Signed links and codes of tables",
        TableSheet,
        role="MANAGER",
        parameters=(TABLES,),
        errors=(404, 422, 503),
    )
    async def sheet(self, request: web.Request) -> web.Response:
        """The sheet, `{"name", "tables": [{"table": "T1", "url": "https://...", "code": {...}}]}`; see draw_code."""
        return await self._sheet(request, request[IDENTITY].branch_id, _table_names(request.query.getall("table", [])))

    @route(
        "renewTables",
        "POST",
        "/manager/tables/renew",
        "Make the codes of tables anew: those printed so far end",
        TableSheet,
        body=Renewal,
        role="MANAGER",
        errors=(404, 503),
    )
    async def renew(self, request: web.Request) -> web.Response:
        """Ends the printed codes of these tables and answers with the sheet of the new ones."""
        identity = request[IDENTITY]
        renewal: Renewal = request[BODY]
        tables = _table_names(renewal.tables)
        await self._branch(identity.branch_id)
        await self._queries.renew_table_codes(identity.branch_id, tables)
        log.info("table codes renewed branch=%s staff=%s tables=%d", identity.branch_id, identity.staff_id, len(tables))
        return await self._sheet(request, identity.branch_id, tables)

    async def _branch(self, branch_id: UUID) -> Any:
        branch = await self._queries.branch(branch_id)
        if branch is None:
            raise NotFound("This restaurant is no longer here.")
        return branch

    async def _sheet(self, request: web.Request, branch_id: UUID, tables: list[str]) -> web.Response:
        branch = await self._branch(branch_id)
        generations = await self._queries.table_generations(branch_id, tables)
        origin = public_origin(request, self._config)
        cards = [await self._card(origin, branch_id, table, generations[table]) for table in tables]
        answer = {
            "branchId": branch["id"],
            "name": branch["name"],
            "locality": branch["locality"],
            "requiresTableToken": branch["requires_table_token"],
            "tables": cards,
        }
        response = json_response(await asyncio.to_thread(msgspec.json.encode, answer))
        response.enable_compression()
        return response

    async def _card(self, origin: str, branch_id: UUID, table: str, generation: int) -> dict[str, Any]:
        token = self._links.table_token(branch_id, table, generation)
        link = urlencode({"table": table, "tableToken": token})
        url = f"{origin}/order/{branch_id}?{link}"
        return {"table": table, "url": url, "code": await self._codes.drawn(url)}


class Codes:
    """Drawn codes, the last ones kept. One is drawn at a time, in a thread, and the event loop turns in between."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, msgspec.Raw] = OrderedDict()
        self._drawing = asyncio.Lock()

    async def drawn(self, text: str) -> msgspec.Raw:
        """The code that holds this text, as JSON; see draw_code."""
        async with self._drawing:
            code = self._kept.pop(text, None)
            if code is None:
                code = await asyncio.to_thread(lambda: msgspec.Raw(msgspec.json.encode(draw_code(text))))
            self._kept[text] = code
            if len(self._kept) > CODES_KEPT:
                self._kept.popitem(last=False)
        return code


def draw_code(text: str) -> dict[str, Any]:
    """A QR code as a path of an SVG whose unit is one module, `{"size": 41, "path": "M0 0h7v1h-7z..."}`.

    The white border of four modules is the page's to leave.

    Source: ISO/IEC 18004, by segno; level M bears a stain on 15 % of it.
    """
    code = segno.make_qr(text, error="m", mask=MASK)
    size, _ = code.symbol_size(border=0)
    runs: list[str] = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < size:
            width = 1
            while x + width < size and row[x + width] == row[x]:
                width += 1
            if row[x]:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return {"size": size, "path": "".join(runs)}


def _table_names(asked: list[str]) -> list[str]:
    tables = list(dict.fromkeys(table.strip() for table in asked))
    if not 1 <= len(asked) <= TABLES_MAX:
        raise Unprocessable(f"Give 1 to {TABLES_MAX} tables.", code="bad_tables")
    for table in tables:
        if not is_label(table, TABLE_CHARACTERS_MAX):
            message = f"A table has 1 to {TABLE_CHARACTERS_MAX} characters, none of them a control character."
            raise Unprocessable(message, code="bad_tables")
    return tables
