"""No page uses what the oldest browsers that must work do not know: iPadOS 15.4 and Chrome 92 (tests/compat)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compat import scripts, styles
from tests.compat.extract import FILE, OLDEST

STATIC = Path(__file__).parents[2] / "kds" / "static"
NEW: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
SCRIPTS = sorted(STATIC.rglob("*.js"))
OWN = set().union(*(scripts.names_given(file.read_text(encoding="utf-8")) for file in SCRIPTS))
HARMLESS = {
    # a look that is missed by nobody
    "accent-color": "a box is ticked in blue",
    "cursor: default": "no mouse",
    "cursor: pointer": "no mouse",
    "outline": "a ring has corners",
    "resize": "a field keeps its size",
    "scrollbar-width": "a bar is wider",
    "align-content: start": "BCD means the value in blocks; grids know it",
    "@page": "a printer's margins are its own",
    # asked for only where it is there
    "Intl.Segmenter": "graphemes.js has a pattern in its place",
    ".segment": "of Intl.Segmenter",
    ".wakeLock": "the screen says that it may sleep",
    ".fullscreenEnabled": "no button for it",
    ".fullscreenElement": "no button for it",
    ".exitFullscreen": "no button for it",
    ".requestFullscreen": "no button for it",
    ".createPolicy": "no policy is asked for there",
}
"""What may be used all the same, and what an old browser does without it."""


def _unforgiven(found: list[str]) -> list[str]:
    return [each for each in found if each.split(": ", 1)[1].split(",")[0] not in HARMLESS]


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.css")), ids=lambda file: file.relative_to(STATIC).as_posix())
def test_a_style_sheet_is_understood_by_old_browsers(file: Path) -> None:
    assert _unforgiven(styles.findings(file.read_text(encoding="utf-8"), NEW["css"])) == []


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.relative_to(STATIC).as_posix())
def test_a_script_is_understood_by_old_browsers(file: Path) -> None:
    assert _unforgiven(scripts.findings(file.read_text(encoding="utf-8"), OWN, NEW["js"])) == []


def test_the_names_are_of_the_browsers_that_are_promised() -> None:
    assert NEW["oldest"] == {browser: ".".join(map(str, version)) for browser, version in OLDEST.items()}


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("a { color: color-mix(in srgb, red, blue); }", "color-mix()"),
        ("a { color: red; color: color-mix(in srgb, red, blue); }", None),
        ("a { height: 100dvh; }", "dvh"),
        ("a { height: 100vh; height: 100dvh; }", None),
        ("a { -webkit-mask-image: none; mask-image: none; }", None),
        ("a { overflow: clip; }", "overflow: clip"),
        ("a:has(b) { color: red; }", ":has"),
        ("@container (width > 1px) { a { color: red; } }", "@container"),
        ("a { text-wrap: balance; }", "text-wrap"),
        ("@supports (height: 1dvh) { a { height: 1dvh; } }", None),
        ("a { colour: red; }", "colour"),
    ],
)
def test_the_lint_of_styles_finds_what_is_too_new(css: str, found: str | None) -> None:
    said = styles.findings(css, NEW["css"])
    assert said == [] if found is None else [each for each in said if found in each], said


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Object.hasOwn(a, 'b');", "Object.hasOwn"),
        ("AbortSignal.timeout(5);", "AbortSignal.timeout"),
        ("[1].findLast((a) => a);", ".findLast"),
        ("structuredClone({});", "structuredClone"),
        ("/(?<=a)b/.test(c);", "(?<="),
        ("class A { static { a(); } }", "static initialization block"),
        ("const findLast = (a) => a; b.findLast = findLast; b.findLast();", None),
        ("a?.b ?? c.replaceAll('a', 'b'); [...d].at(-1);", None),
    ],
)
def test_the_lint_of_scripts_finds_what_is_too_new(source: str, found: str | None) -> None:
    said = scripts.findings(source, scripts.names_given(source), NEW["js"])
    assert said == [] if found is None else [each for each in said if found in each], said
