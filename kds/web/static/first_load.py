"""What a page asks for first, in as few turns as the network allows: on slow 4G each costs 150 ms.

A page names its first modules and its style sheets. As it is sent it also names every module that those import, so
that none is found only by reading another, and one sheet that holds all of them with what they import. Both are made
from the files themselves: nobody keeps a list.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

_SCRIPT = re.compile(r'^ *<script type="module" src="/static/([^"]+)"></script>\n', re.MULTILINE)
_SHEET = re.compile(r'^ *<link rel="stylesheet" href="/static/([^"]+)">\n', re.MULTILINE)
_JOINED = "<!-- the sheet -->\n"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")
"""Of a module that is needed before this one runs; import() asks later."""
_SHEET_IMPORT = re.compile(r"""^@import ["'](\.[^"']+)["'];\n""", re.MULTILINE)


def with_first_load(page: str, name: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """A page of this name as it is sent, and its style sheet; `files` by their paths below /static/.

    The sheet is empty when the page has one alone, or none; otherwise it is linked as `pages/<name>.css`.
    """
    mains = [found[1] for found in _SCRIPT.finditer(page)]
    preloads = [_link("modulepreload", module) for module in modules_of(mains, files) if module not in mains]
    sheets = [found[1] for found in _SHEET.finditer(page)]
    page = _before_first(_SCRIPT, "".join(preloads), page)
    if len(sheets) < 2:
        return page, b""
    page = _SHEET.sub("", _before_first(_SHEET, _JOINED, page)).replace(
        _JOINED, _link("stylesheet", f"pages/{name}.css")
    )
    return page, b"".join(_whole_sheet(sheet, files) for sheet in sheets)


def _link(kind: str, name: str) -> str:
    return f'    <link rel="{kind}" href="/static/{name}">\n'


def _before_first(pattern: re.Pattern[str], text: str, page: str) -> str:
    found = pattern.search(page)
    return page if found is None else page[: found.start()] + text + page[found.start() :]


def modules_of(mains: Iterable[str], files: Mapping[str, bytes]) -> list[str]:
    """These modules and all that they import, in the order in which they run: what others need first."""
    ordered: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in files:  # a file that somebody is just renaming
            return
        seen.add(name)
        for imported in _imports(name, files[name]):
            visit(imported)
        ordered[name] = None

    for main in mains:
        visit(main)
    return list(ordered)


@lru_cache(maxsize=1024)
def _imports(name: str, content: bytes) -> tuple[str, ...]:
    return tuple(_beside(name, _IMPORT.findall(_COMMENT.sub("", content.decode()))))


def _beside(name: str, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _whole_sheet(name: str, files: Mapping[str, bytes]) -> bytes:
    """A sheet with those it imports in their places."""
    text = files.get(name, b"").decode()

    def imported(found: re.Match[str]) -> str:
        (path,) = _beside(name, [found[1]])
        return _whole_sheet(path, files).decode()

    return _SHEET_IMPORT.sub(imported, text).encode()
