"""The pages and their modules, as they stand in kds/static: sent compressed, and again only when they changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from kds.web.files import SERVICE_WORKER, File, Files
from kds.web.responses import Handler

STATIC = Path(__file__).resolve().parent.parent / "static"


class Pages:
    """GET /static/... and the pages. Every answer is checked by its ETag before it is used again: `no-cache`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files = Files(folder)
        self._moved: dict[str, str] = json.loads((folder / "moved.json").read_text(encoding="utf-8"))

    async def opened(self, _app: web.Application) -> AsyncIterator[None]:
        """Everything is in memory before the port opens: a context of the application's life."""
        await self._files.look()
        yield

    def page(self, name: str) -> Handler:
        """A handler that answers with one page of kds/static/pages."""
        return self._handler(f"pages/{name}")

    @property
    def service_worker(self) -> Handler:
        """The handler of what opens the kitchen board without a network."""
        return self._handler(SERVICE_WORKER)

    async def static(self, request: web.Request) -> web.StreamResponse:
        """One file of kds/static, by its path below it; from an address of before, the way to the present one.

        A page that was opened, or kept by a tablet, before this release still asks for the files it was made of. The
        way and not the file: what a module imports is looked for beside the address it came from.
        """
        name = request.match_info["path"]
        if name in self._moved:
            raise web.HTTPFound(f"/static/{self._moved[name]}")
        return _answer(request, await self._files.named(name))

    def _handler(self, name: str) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            return _answer(request, await self._files.named(name))

        return show


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
