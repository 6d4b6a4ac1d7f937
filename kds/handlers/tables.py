"""The table sheet: for each table the signed link that its QR code holds, to be printed by a manager."""

from __future__ import annotations

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
from kds.store import Store

TABLES_MAX = 200
TABLE_CHARACTERS_MAX = 40
"""As long as a table may be when something is ordered to it."""


class TableHandler:
    """GET /manager/tables?table=T1&table=T2: the links and codes of these tables."""

    def __init__(self, config: Config, store: Store, tokens: Tokens, links: Links) -> None:
        self._config = config
        self._store = store
        self._tokens = tokens
        self._links = links

    async def sheet(self, request: web.Request) -> web.Response:
        """The sheet, `{"name", "tables": [{"table": "T1", "url": "https://...", "code": {...}}]}`; see draw_code."""
        identity = self._tokens.verify_role(bearer_token(request), "MANAGER")
        tables = _asked_tables(request)
        branch = await self._store.branch(identity.branch_id)
        if branch is None:
            raise NotFound("This restaurant is no longer here.")
        origin = _public_origin(request, self._config)
        answer = {
            "branchId": branch["id"],
            "name": branch["name"],
            "locality": branch["locality"],
            "requiresTableToken": branch["requires_table_token"],
            "tables": [self._card(origin, branch["id"], table) for table in tables],
        }
        return json_response(msgspec.json.encode(answer))

    def _card(self, origin: str, branch_id: UUID, table: str) -> dict[str, Any]:
        link = urlencode({"table": table, "tableToken": self._links.table_token(branch_id, table)})
        url = f"{origin}/order/{branch_id}?{link}"
        return {"table": table, "url": url, "code": draw_code(url)}


def draw_code(text: str) -> dict[str, Any]:
    """A QR code as a path of an SVG whose unit is one module, `{"size": 41, "path": "M0 0h7v1h-7z..."}`.

    The white border of four modules is the page's to leave.

    Source: ISO/IEC 18004, by segno; level M bears a stain on 15 % of it.
    """
    code = segno.make_qr(text, error="m")
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
        if not 1 <= len(table) <= TABLE_CHARACTERS_MAX or not table.isprintable():
            raise Unprocessable(f"A table has 1 to {TABLE_CHARACTERS_MAX} printable characters.", code="bad_tables")
    return tables


def _public_origin(request: web.Request, config: Config) -> str:
    is_secure = request.secure or (config.trust_proxy and request.headers.get("X-Forwarded-Proto") == "https")
    return f"{'https' if is_secure else 'http'}://{request.host}"
