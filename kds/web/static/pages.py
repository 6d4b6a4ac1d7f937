"""The pages and their modules, as they stand in kds/static: sent compressed, and again only when they changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from kds.web.responses import Handler, forget_way
from kds.web.routes import HTML, Bound, Route, route, routes_of
from kds.web.static.files import SERVICE_WORKER, File, Files


@dataclass(frozen=True)
class Page:
    """A page of kds/static/pages, as its room declares it."""

    id: str
    path: str
    summary: str
    file: str


LANDING = Page("landingPage", "/", "Where to go", "index.html")
NOT_FOUND = "pages/not-found.html"
STATIC = Path(__file__).resolve().parents[2] / "static"


class Pages:
    """GET /static/... and the pages. Every answer is checked by its ETag before it is used again: `no-cache`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files = Files(folder)
        self._moved: dict[str, str] = json.loads((folder / "moved.json").read_text(encoding="utf-8"))

    async def opened(self, _app: web.Application) -> AsyncIterator[None]:
        """Everything is in memory before the port opens: a context of the application's life."""
        await self._files.look()
        yield

    def routes(self, pages: Iterable[Page]) -> list[Bound]:
        """Those of these pages, and of what they are made of."""
        shown = [
            Bound(Route(page.id, "GET", page.path, page.summary, HTML), self._handler(f"pages/{page.file}"))
            for page in pages
        ]
        return [*shown, *routes_of(self)]

    @route("serviceWorker", "GET", "/service-worker.js", "Opens the board without a network", "text/javascript")
    async def service_worker(self, request: web.Request) -> web.StreamResponse:
        """What opens the kitchen board without a network."""
        return _answer(request, await self._files.named(SERVICE_WORKER))

    @route(
        "static",
        "GET",
        "/static/{path}",
        "Modules, styles, pictures, words",
        "*/*",
        patterns=(("path", ".+"),),
        errors=(404,),
    )
    async def static(self, request: web.Request) -> web.StreamResponse:
        """One file of kds/static, by its path below it; from an address of before, the way to the present one.

        A page that was opened, or kept by a tablet, before this release still asks for the files it was made of. The
        way and not the file: what a module imports is looked for beside the address it came from.
        """
        name = request.match_info["path"]
        if name in self._moved:
            raise web.HTTPFound(f"/static/{self._moved[name]}")
        return _answer(request, await self._files.named(name))

    def unknown(self) -> Middleware:
        """A middleware that shows a page to who came upon an address that leads nowhere; a program is told in JSON."""

        @web.middleware
        async def show(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except web.HTTPNotFound as error:
                if request.method not in {"GET", "HEAD"} or not _is_browser(request):
                    raise
                forget_way(error)
            page = await self._files.named(NOT_FOUND)
            headers = {"Cache-Control": "no-store"}
            return web.Response(
                status=404, body=page.content, content_type=page.content_type, charset="utf-8", headers=headers
            )

        return show

    def _handler(self, name: str) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            return _answer(request, await self._files.named(name))

        return show


def _is_browser(request: web.Request) -> bool:
    accepted = ",".join(request.headers.getall("Accept", []))
    return "text/html" in accepted and "application/json" not in accepted


def _answer(request: web.Request, file: File) -> web.Response:
    is_compressed = file.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    # A tag of its own for each form: what a proxy kept of one is never taken for the other.
    tag = f'"{file.tag}-gz"' if is_compressed else f'"{file.tag}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    body = file.compressed if is_compressed else file.content
    charset = None if file.content_type.startswith("image/") else "utf-8"
    return web.Response(body=body, content_type=file.content_type, charset=charset, headers=headers)
