"""Pages and modules over real HTTP: compressed, sent again only when changed, and nothing beside kds/static."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

from kds.handlers.pages import CONTENT_TYPES, STATIC
from tests.conftest import RunningServer

FILE = "/static/js/words.js"


async def test_a_module_is_sent_compressed_and_is_the_file(http: ClientSession, server: RunningServer) -> None:
    async with ClientSession(auto_decompress=False) as plain:
        for asked, encoding in [("gzip, br", "gzip"), ("identity", None)]:
            async with plain.get(server.url + FILE, headers={"Accept-Encoding": asked}) as answer:
                body = await answer.read()
                assert answer.status == 200
                assert answer.headers.get("Content-Encoding") == encoding
                assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
                assert answer.headers["Cache-Control"] == "no-cache"
                assert int(answer.headers["Content-Length"]) == len(body)
            assert (gzip.decompress(body) if encoding else body) == (STATIC / "js" / "words.js").read_bytes()


@pytest.mark.parametrize("path", [FILE, "/kitchen", "/static/words/ar.json"])
async def test_what_a_browser_has_is_not_sent_again(http: ClientSession, server: RunningServer, path: str) -> None:
    async with http.get(server.url + path) as answer:
        tag = answer.headers["ETag"]
    async with http.get(server.url + path, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
        assert answer.headers["Content-Security-Policy"]
    async with http.get(server.url + path, headers={"If-None-Match": tag, "Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "js/../../app.py",
        "%2fetc%2fpasswd",
        "js",
        "js/",
        "nothing.js",
        "a%00b",
        "x" * 5000,
        "js/words.js/x",
    ],
)
async def test_nothing_else_is_served(http: ClientSession, server: RunningServer, path: str) -> None:
    async with http.get(URL(f"{server.url}/static/{path}", encoded=True)) as answer:
        assert answer.status == 404
        assert set(await answer.json()) == {"error"}


def test_every_kind_of_file_has_a_type() -> None:
    kinds = {file.suffix for file in Path(STATIC).rglob("*") if file.is_file()}
    assert kinds <= set(CONTENT_TYPES)
