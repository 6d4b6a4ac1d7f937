"""Every style says where a line begins and ends, and never left or right: Arabic runs the other way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tinycss2  # type: ignore[import-untyped]

STATIC = Path(__file__).parents[2] / "kds" / "static"
PHYSICAL = re.compile(
    r"(margin|padding|border|scroll-margin|scroll-padding)-(left|right)(-\w+)?|left|right|border-(top|bottom)-(left|right)-radius"
)
RTL = '[dir="rtl"] '
SIDES = {"text-align", "float", "clear"}
FOUR = {"margin", "padding", "inset", "border-width", "border-style", "border-color", "scroll-margin", "scroll-padding"}


def _declarations(css: str) -> list[tuple[int, str, str, list[str]]]:
    """Line, selector, name, and the parts of the value."""
    found = []
    rules = tinycss2.parse_stylesheet(css, True, True)
    while rules:
        rule = rules.pop()
        if rule.content is None:
            continue
        if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            rules.extend(tinycss2.parse_rule_list(rule.content, True, True))
            continue
        selector = " ".join(tinycss2.serialize(rule.prelude).split())
        for each in tinycss2.parse_declaration_list(rule.content, True, True):
            if each.type == "declaration":
                parts = [tinycss2.serialize([part]) for part in each.value if part.type != "whitespace"]
                found.append((each.source_line, selector, each.lower_name, parts))
    return found


def physical(css: str) -> list[str]:
    """What stands on a side of its own, as `line: declaration`, unless a rule for the other direction mirrors it."""
    declarations = _declarations(css)
    sided = [each for each in declarations if _is_physical(each[2], each[3])]
    known = {(selector, _one(name, parts)) for _, selector, name, parts in sided}
    return [
        f"{line}: {name}: {' '.join(parts)}"
        for line, selector, name, parts in sided
        if (_other_way(selector), _mirrored(_one(name, parts))) not in known
    ]


def _one(name: str, parts: list[str]) -> str:
    return f"{name}: {' '.join(parts)}"


def _other_way(selector: str) -> str:
    """No logical `float` is known to browsers of 2021: two rules stand for it."""
    return selector.removeprefix(RTL) if selector.startswith(RTL) else f"{RTL}{selector}"


def _mirrored(declaration: str) -> str:
    return re.sub("left|right", lambda side: "left" if side[0] == "right" else "right", declaration)


def _is_physical(name: str, parts: list[str]) -> bool:
    if PHYSICAL.fullmatch(name) or (name in SIDES and parts[0] in {"left", "right"}):
        return True
    return name in FOUR and len(parts) == 4 and parts[1] != parts[3]


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.css")), ids=lambda file: file.relative_to(STATIC).as_posix())
def test_a_style_sheet_knows_no_left_and_right(file: Path) -> None:
    assert physical(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("css", "is_found"),
    [
        ("a { margin-left: 1px; }", True),
        ("@media print { a { text-align: right; } }", True),
        ("a { padding: 1px 2px 3px 4px; }", True),
        ("a { padding: 1px 2px 3px 2px; }", False),
        ("a { padding: 0 calc(8 * var(--u)) var(--teeth); }", False),
        ("a { margin-inline-start: 1px; inset-inline: 0; text-align: start; }", False),
        ("a { left: 0; }", True),
        ('a { float: right; } [dir="rtl"] a { float: left; }', False),
        ('a { float: right; } [dir="rtl"] b { float: left; }', True),
        ('a { float: right; } [dir="rtl"] a { float: right; }', True),
    ],
)
def test_the_lint_finds_a_side(css: str, is_found: bool) -> None:
    assert bool(physical(css)) is is_found
