"""kds/static in memory, by name: what a client asks for is looked up in a dictionary, never on the disk.

Everything is read and compressed in a thread, when the process starts. A look whether a file has changed since, for
whoever works on a page, is one pass over the folder in a thread, once a second at most, and only while pages are asked.
"""

from __future__ import annotations

import asyncio
import fnmatch
import gzip
import hashlib
import json
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kds.errors import NotFound
from kds.web.static.first_load import with_first_load

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
OFFLINE_FILES = (
    "icon.svg",
    "icons/*",
    "kitchen.webmanifest",
    "pages/kitchen.css",
    "words/??.json",
    "words/staff/*.json",
    "words/kitchen/*.json",
    "js/common/*.js",
    "js/kitchen/*.js",
)
"""Those of the kitchen board, in whatever folder below. All of them: which of them the page needs may change."""

SERVICE_WORKER = ""
"""A name that no file has and no address below /static/ can ask for: it must come from the root to rule /kitchen."""

_Stamps = dict[Path, tuple[int, int]]
"""Time (ns) and size of each file: while they are the same, so is what is sent."""
_TEXT = {".css", ".html", ".js", ".json", ".svg", ".webmanifest"}


@dataclass(frozen=True)
class File:
    """One file, as it is and compressed; `tag` is made of its content."""

    content: bytes
    compressed: bytes | None
    content_type: str
    tag: str


class Files:
    """The files of a folder, by their path below it: `js/common/text/words.js`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_name: Mapping[str, File] = {}
        self._stamps: _Stamps = {}
        self._looked_at = -math.inf
        self._is_looking = False

    async def named(self, name: str) -> File:
        """A file.

        Raises:
            NotFound: there is none of this name.
        """
        if not self._is_looking and asyncio.get_running_loop().time() >= self._looked_at + LOOK_EVERY_S:
            await self.look()
        file = self._by_name.get(name)
        if file is None:
            raise NotFound("There is nothing here.")
        return file

    async def look(self) -> None:
        """Reads what is new or changed; when the folder cannot be read, what was there stays."""
        self._is_looking = True
        try:
            stamps = await asyncio.to_thread(_stamps, self._folder)
            if stamps != self._stamps:
                self._by_name = await asyncio.to_thread(_read_files, self._folder, stamps)
                self._stamps = stamps
        except (OSError, KeyError) as error:  # KeyError: a file went away between two glances
            log.warning("pages unreadable folder=%s error=%s", self._folder, error)
        finally:
            self._looked_at = asyncio.get_running_loop().time()
            self._is_looking = False


def _stamps(folder: Path) -> _Stamps:
    stamps = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            stamps[path] = stat.st_mtime_ns, stat.st_size
    return stamps


def _read_files(folder: Path, stamps: _Stamps) -> dict[str, File]:
    files = {path.relative_to(folder).as_posix(): _read(path, stamp) for path, stamp in stamps.items()}
    _complete_pages(files)
    files[SERVICE_WORKER] = _service_worker(files)
    return files


def _complete_pages(files: dict[str, File]) -> None:
    contents = {name: file.content for name, file in files.items()}
    for name in fnmatch.filter(contents, "pages/*.html"):
        stem = Path(name).stem
        page, sheet = with_first_load(contents[name].decode(), stem, contents)
        files[name] = _file(page.encode(), ".html")
        if sheet:
            files[f"pages/{stem}.css"] = _file(sheet, ".css")


@lru_cache(maxsize=1024)
def _read(path: Path, _stamp: tuple[int, int]) -> File:
    """A file, modules without their docs; kept for as long as time and size of the one on the disk are these."""
    content = path.read_bytes()
    return _file(_DOCS.sub(_empty_lines, content) if path.suffix == ".js" else content, path.suffix)


_DOCS = re.compile(rb"^[ \t]*/\*\*.*?\*/", re.MULTILINE | re.DOTALL)
"""What stands before a declaration, on lines of its own: a fifth of what a phone would fetch."""


def _empty_lines(docs: re.Match[bytes]) -> bytes:
    """As many as there were: an error names the line of the source."""
    return b"\n" * docs[0].count(b"\n")


@lru_cache(maxsize=64)
def _file(content: bytes, suffix: str) -> File:
    return File(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0) if suffix in _TEXT else None,
        content_type=CONTENT_TYPES.get(suffix, "application/octet-stream"),
        tag=hashlib.blake2b(content, digest_size=12).hexdigest(),
    )


def _service_worker(files: Mapping[str, File]) -> File:
    """What opens the kitchen board without a network: the names of its files, their version, then the script."""
    kept = {"/kitchen": files["pages/kitchen.html"]}
    for pattern in OFFLINE_FILES:
        for name in sorted(fnmatch.filter(files, pattern)):
            kept[f"/static/{name}"] = files[name]
    version = hashlib.blake2b("".join(file.tag for file in kept.values()).encode(), digest_size=12).hexdigest()
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(list(kept))};\n"
    return _file(head.encode() + files["js/kitchen/device/service-worker.js"].content, ".js")
