"""The pages and their modules, as they stand in kds/static."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from kds.handlers.edge import Handler

STATIC = Path(__file__).resolve().parent.parent / "static"


def page(name: str) -> Handler:
    """A handler that answers with one page of kds/static/pages."""

    async def show(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "pages" / name)

    return show
