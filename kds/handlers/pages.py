"""The pages and their modules, as they stand in kds/static: compressed once, and sent again only when they changed."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from kds.errors import NotFound
from kds.handlers.edge import Handler

STATIC = Path(__file__).resolve().parent.parent / "static"
CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
OFFLINE_FILES = ("icon.svg", "css/*.css", "js/*.js", "js/board/*.js", "js/kitchen/**/*.js")
"""Those of the kitchen board. All style sheets: they are few and small, and which of them the page links may change."""

_TEXT = {".css", ".html", ".js", ".json", ".svg", ".webmanifest"}


@dataclass(frozen=True)
class _File:
    """One file, as it is and compressed; `stamp` tells whether it is still the same."""

    stamp: tuple[int, int]
    content: bytes
    compressed: bytes | None
    content_type: str
    tag: str


class Pages:
    """GET /static/... and the pages. Every answer is checked by its ETag before it is used again: `no-cache`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._files: dict[Path, _File] = {}

    def page(self, name: str) -> Handler:
        """A handler that answers with one page of kds/static/pages."""

        async def show(request: web.Request) -> web.StreamResponse:
            return self._answer(request, self._folder / "pages" / name)

        return show

    async def static(self, request: web.Request) -> web.StreamResponse:
        """One file of kds/static, by its path below it."""
        return self._answer(request, self._folder / request.match_info["path"])

    async def service_worker(self, request: web.Request) -> web.StreamResponse:
        """What opens the kitchen board without a network: the names of its files, their version, then the script."""
        files = {"/kitchen": self._read(self._folder / "pages" / "kitchen.html")}
        for pattern in OFFLINE_FILES:
            for path in sorted(self._folder.glob(pattern)):
                files[f"/static/{path.relative_to(self._folder).as_posix()}"] = self._read(path)
        version = hashlib.blake2b("".join(file.tag for file in files.values()).encode(), digest_size=12).hexdigest()
        script = self._read(self._folder / "js" / "service-worker.js").content.decode()
        head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(list(files))};\n"
        return web.Response(text=head + script, content_type="text/javascript", charset="utf-8")

    def _answer(self, request: web.Request, path: Path) -> web.Response:
        file = self._read(path)
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

    def _read(self, path: Path) -> _File:
        try:
            found = path.resolve()
            stat = found.stat()
            if not found.is_relative_to(self._folder) or not found.is_file():
                raise NotFound("There is nothing here.")
            stamp = (stat.st_mtime_ns, stat.st_size)
            file = self._files.get(found)
            if file is None or file.stamp != stamp:
                file = self._files[found] = _load(found, stamp)
        except (OSError, ValueError):
            # not there, a name no system allows, or a NUL in it
            raise NotFound("There is nothing here.") from None
        return file


def _load(path: Path, stamp: tuple[int, int]) -> _File:
    content = path.read_bytes()
    return _File(
        stamp=stamp,
        content=content,
        compressed=gzip.compress(content, 9, mtime=0) if path.suffix in _TEXT else None,
        content_type=CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
        tag=hashlib.blake2b(content, digest_size=12).hexdigest(),
    )
