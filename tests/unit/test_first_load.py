"""What a page names of what it needs: kds/web/static/first_load.py. No file is found only by reading another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kds.web.static.files import Files
from kds.web.static.first_load import modules_of, with_first_load
from kds.web.static.pages import STATIC

PAGES = sorted(path.stem for path in (STATIC / "pages").glob("*.html"))
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)


def _imported(name: str) -> set[str]:
    """By another way than the server's: statements of whole lines."""
    paths = IMPORT.findall((STATIC / name).read_text(encoding="utf-8"))
    return {(STATIC / name).parent.joinpath(path).resolve().relative_to(STATIC).as_posix() for path in paths}


def closure(names: list[str]) -> set[str]:
    """What these modules import, and they themselves."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += _imported(name)
    return found


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_names_all_that_its_modules_import_and_nothing_else(page: str) -> None:
    files = Files(STATIC)
    html = (await files.named(f"pages/{page}.html")).content.decode()
    mains = re.findall(r'<script type="module" src="/static/([^"]+)">', html)
    named = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html)
    assert sorted(named + mains) == sorted(closure(list(mains)))
    for number, name in enumerate(named):
        assert _imported(name) <= {*named[:number], *mains}, f"{name} is named before what it needs"


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_has_one_sheet_that_asks_for_no_other(page: str) -> None:
    files = Files(STATIC)
    html = (await files.named(f"pages/{page}.html")).content.decode()
    (sheet,) = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', html)
    text = (await files.named(sheet)).content.decode()
    assert "@import" not in text and "url(" not in text
    listed = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', (STATIC / f"pages/{page}.html").read_text())
    for name in listed:
        rules = re.sub(r"(?m)^@import .*\n", "", (STATIC / name).read_text())
        assert rules.strip() in text or name == sheet


def test_the_parts_of_a_sheet_keep_their_order() -> None:
    files = {"a/one.css": b'@import "./two.css";\np{one:1}\n', "a/two.css": b'@import "../three.css";\np{two:2}\n',
             "three.css": b"p{three:3}\n", "four.css": b"p{four:4}\n"}  # fmt: skip
    links = "".join(f'    <link rel="stylesheet" href="/static/{name}">\n' for name in ("a/one.css", "four.css"))
    page, sheet = with_first_load(f"<head>\n{links}</head>\n", "page", files)
    assert page == '<head>\n    <link rel="stylesheet" href="/static/pages/page.css">\n</head>\n'
    assert sheet == b"p{three:3}\np{two:2}\np{one:1}\np{four:4}\n"


def test_what_is_only_said_of_a_module_or_asked_for_later_is_not_needed_first() -> None:
    files = {
        "main.js": b'/** @type {import("./said.js").S} */\nimport "./needed.js";\nimport("./later.js")',
        "needed.js": b'export { x } from "./main.js"; // a circle\nimport { gone } from "./gone.js";',
        "said.js": b"",
        "later.js": b"",
    }
    assert modules_of(["main.js"], files) == ["needed.js", "main.js"]


async def test_a_page_is_made_anew_when_a_module_imports_another(tmp_path: Path) -> None:
    for name, text in {
        "pages/a.html": '<script type="module" src="/static/main.js"></script>\n', "pages/kitchen.html": "",
        "main.js": "", "more.js": "", "js/kitchen/device/service-worker.js": "",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    files = Files(tmp_path)
    before = await files.named("pages/a.html")
    (tmp_path / "main.js").write_text('import "./more.js";')
    await files.look()
    after = await files.named("pages/a.html")
    assert b"more.js" in after.content and b"more.js" not in before.content
    assert after.tag != before.tag
