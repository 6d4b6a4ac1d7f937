"""What goes on in a branch now, at a glance: read whenever a manager looks, and nothing is changed here."""

from __future__ import annotations

from aiohttp import web

from kds.errors import NotFound
from kds.manager.today.answers import Today
from kds.manager.today.queries import TodayQueries
from kds.web.requests import IDENTITY
from kds.web.responses import json_response
from kds.web.routes import route


class TodayHandler:
    """GET /manager/today."""

    def __init__(self, queries: TodayQueries) -> None:
        self._queries = queries

    @route("today", "GET", "/manager/today", "What goes on in the branch now", Today, role="MANAGER")
    async def today(self, request: web.Request) -> web.Response:
        """Open and late orders, what finished today, dishes sold out, whether guests may order, screens connected."""
        told = await self._queries.today(request[IDENTITY].branch_id)
        if told is None:
            raise NotFound("This branch does not exist any more.")
        answer = json_response(told)
        answer.enable_compression()
        return answer
