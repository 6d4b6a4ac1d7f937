"""Pages and modules over real HTTP: compressed, sent again only when changed, and nothing beside kds/static."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

from kds.web.static import files as files_module
from kds.web.static.files import CONTENT_TYPES, SERVICE_WORKER, Files
from kds.web.static.first_load import with_first_load
from kds.web.static.pages import STATIC
from tests.conftest import RunningServer
from tests.patience import eventually

FILE = "/static/js/common/text/words.js"
MOVED: dict[str, str] = json.loads((STATIC / "moved.json").read_text())


def _without_docs(source: str) -> str:
    """By another way than the server's: line by line."""
    lines, in_docs = list[str](), False
    for line in source.split("\n"):
        in_docs = in_docs or line.lstrip().startswith("/**")
        lines.append("" if in_docs else line)
        in_docs = in_docs and not line.endswith("*/")
    return "\n".join(lines)


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
            source = (STATIC / "js" / "common" / "text" / "words.js").read_text(encoding="utf-8")
            assert (gzip.decompress(body) if encoding else body).decode() == _without_docs(source)


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
        "js/common/text/words.js/x",
    ],
)
async def test_nothing_else_is_served(http: ClientSession, server: RunningServer, path: str) -> None:
    async with http.get(URL(f"{server.url}/static/{path}", encoded=True)) as answer:
        assert answer.status == 404
        assert set(await answer.json()) == {"error"}


async def test_while_no_file_changes_no_page_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, made = tmp_path / "static", list[str]()
    shutil.copytree(STATIC, folder)

    def note(page: str, name: str, contents: Mapping[str, bytes]) -> tuple[str, bytes]:
        made.append(name)
        return with_first_load(page, name, contents)

    monkeypatch.setattr(files_module, "with_first_load", note)
    files = Files(folder)
    await files.look()
    pages = sorted(path.stem for path in (folder / "pages").glob("*.html"))
    assert sorted(made) == pages
    before = await files.named("pages/kitchen.html")
    await files.look()
    assert sorted(made) == pages and await files.named("pages/kitchen.html") is before
    (folder / "js" / "common" / "new.js").write_text("export {};")
    await files.look()
    assert len(made) == 2 * len(pages)
    assert (await files.named("js/common/new.js")).content == b"export {};"


async def test_who_works_on_a_page_sees_a_change_and_a_folder_that_is_gone_takes_nothing_away(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    shutil.copytree(STATIC, folder)
    files = Files(folder)
    await files.look()
    before = await files.named(SERVICE_WORKER)
    (folder / "js" / "common" / "text" / "words.js").write_text("changed")
    await files.look()
    assert (await files.named("js/common/text/words.js")).content == b"changed"
    # what a board keeps for the time without a network is another release now
    assert (await files.named(SERVICE_WORKER)).content != before.content
    folder.rename(tmp_path / "elsewhere")
    await files.look()
    assert (await files.named("js/common/text/words.js")).content == b"changed"
    (tmp_path / "elsewhere").rename(folder)
    (folder / "js" / "common" / "text" / "words.js").write_text("changed again")

    async def is_seen() -> bool:
        return (await files.named("js/common/text/words.js")).content == b"changed again"

    await eventually(is_seen)


def test_every_kind_of_file_has_a_type() -> None:
    kinds = {file.suffix for file in Path(STATIC).rglob("*") if file.is_file()}
    assert kinds <= set(CONTENT_TYPES)


@pytest.mark.parametrize("old", MOVED)
async def test_a_file_that_a_kept_page_asks_for_is_found_where_it_is_now(
    http: ClientSession, server: RunningServer, old: str
) -> None:
    async with http.get(f"{server.url}/static/{old}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, f"/static/{MOVED[old]}")
        assert answer.headers["Cache-Control"] == "no-cache"
    async with http.get(f"{server.url}/static/{MOVED[old]}") as answer:
        assert answer.status == 200


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nothing", "/pickup/", "/order", "/kitchen/nothing", "/%00", "/nothing.php?x=<b>"])
async def test_who_comes_upon_an_address_that_leads_nowhere_is_shown_a_page(
    http: ClientSession, server: RunningServer, path: str
) -> None:
    async with http.get(server.url + path, headers=BROWSER) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert 'href="/"' in await answer.text() and "Content-Security-Policy" in answer.headers
    async with http.head(server.url + path, headers=BROWSER) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (404, "text/html", b"")


@pytest.mark.parametrize(
    ("method", "accept"),
    [("GET", "*/*"), ("GET", "application/json"), ("GET", "application/json, text/html"), ("POST", BROWSER["Accept"])],
)
async def test_a_program_that_asks_there_is_told_as_ever(
    http: ClientSession, server: RunningServer, method: str, accept: str
) -> None:
    async with http.request(method, f"{server.url}/nothing", headers={"Accept": accept}) as answer:
        told = {"error": {"code": "not_found", "message": "There is nothing here."}}
        assert (answer.status, await answer.json()) == (404, told)
