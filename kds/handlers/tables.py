"""The table sheet: for each table the signed link that its QR code holds, to be printed by a manager."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import segno
from aiohttp import web

from kds.auth import Links, Tokens
from kds.config import Config
from kds.errors import NotFound, Unprocessable
from kds.handlers.edge import bearer_token, json_response
from kds.handlers.proxies import public_origin
from kds.store import Store
from kds.text import is_label

TABLES_MAX = 200
CODES_KEPT = 1000
"""A code is some 5 kB."""
MASK = 3
"""Every reader takes any mask. To try all eight for the prettiest takes five times as long, and a long turn of the loop
waits for the interpreter while a thread draws."""
TABLE_CHARACTERS_MAX = 40
"""As long as a table may be when something is ordered to it."""


class TableHandler:
    """GET /manager/tables?table=T1&table=T2: the links and codes of these tables."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, links: Links) -> None:
        self._config = config
        self._store = store
        self._tokens = tokens
        self._links = links
        self._codes = Codes()

    async def sheet(self, request: web.Request) -> web.Response:
        """The sheet, `{"name", "tables": [{"table": "T1", "url": "https://...", "code": {...}}]}`; see draw_code."""
        identity = self._tokens.verify_role(bearer_token(request), "MANAGER")
        tables = _asked_tables(request)
        branch = await self._store.branch(identity.branch_id)
        if branch is None:
            raise NotFound("This restaurant is no longer here.")
        origin = public_origin(request, self._config)
        cards = [await self._card(origin, branch["id"], table) for table in tables]
        answer = {
            "branchId": branch["id"],
            "name": branch["name"],
            "locality": branch["locality"],
            "requiresTableToken": branch["requires_table_token"],
            "tables": cards,
        }
        return json_response(msgspec.json.encode(answer))

    async def _card(self, origin: str, branch_id: UUID, table: str) -> dict[str, Any]:
        link = urlencode({"table": table, "tableToken": self._links.table_token(branch_id, table)})
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


def _asked_tables(request: web.Request) -> list[str]:
    asked = request.query.getall("table", [])
    tables = list(dict.fromkeys(table.strip() for table in asked))
    if not 1 <= len(asked) <= TABLES_MAX:
        raise Unprocessable(f"Give 1 to {TABLES_MAX} tables.", code="bad_tables")
    for table in tables:
        if not is_label(table, TABLE_CHARACTERS_MAX):
            message = f"A table has 1 to {TABLE_CHARACTERS_MAX} characters, none of them a control character."
            raise Unprocessable(message, code="bad_tables")
    return tables
