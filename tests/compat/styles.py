"""What a style sheet uses that the oldest browsers do not know; a declaration with a forerunner is no news to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import tinycss2  # type: ignore[import-untyped]
from tinycss2.ast import AtRule, Declaration, FunctionBlock, Node, QualifiedRule  # type: ignore[import-untyped]

DYNAMIC_UNITS = {f"{size}{side}" for size in ("d", "l", "s") for side in ("vh", "vw", "vmin", "vmax", "vb", "vi")}


def findings(css: str, new: dict[str, Any]) -> list[str]:
    """`line: what, since when`, for all that is too new and stands alone."""
    return list(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), new))


def _rules(rules: list[Node], new: dict[str, Any]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            yield from _selectors(rule, new)
            yield from _declarations(rule.content, new)
        elif isinstance(rule, AtRule):
            if lack := new["at-rules"].get(rule.lower_at_keyword):
                yield f"{rule.source_line}: @{rule.lower_at_keyword}, {lack}"
            elif rule.content is not None and rule.lower_at_keyword in {"media", "supports", "layer"}:
                # what stands in @supports is for those who know it
                if rule.lower_at_keyword != "supports":
                    yield from _rules(tinycss2.parse_rule_list(rule.content, True, True), new)
            elif rule.content is not None and rule.lower_at_keyword in {"page", "font-face"}:
                yield from _declarations(rule.content, new)


def _selectors(rule: QualifiedRule, new: dict[str, Any]) -> Iterator[str]:
    tokens = rule.prelude
    for before, token in pairwise(tokens):
        if before.type == "literal" and before.value == ":":
            name = getattr(token, "lower_name", getattr(token, "lower_value", ""))
            if lack := new["selectors"].get(name):
                yield f"{rule.source_line}: :{name}, {lack}"


def _declarations(content: list[Node], new: dict[str, Any]) -> Iterator[str]:
    declarations = [
        each for each in tinycss2.parse_declaration_list(content, True, True) if isinstance(each, Declaration)
    ]
    # a forerunner in the same block, or the same under an engine's prefix, is what an old browser takes
    safe = {re.sub(r"^-(webkit|moz)-", "", each.lower_name) for each in declarations if each.lower_name.startswith("-")}
    for declaration in declarations:
        found = list(_declaration(declaration, new))
        if not found:
            safe.add(declaration.lower_name)
        elif declaration.lower_name not in safe:
            yield from found


def _declaration(declaration: Declaration, new: dict[str, Any]) -> Iterator[str]:
    name, line = declaration.lower_name, declaration.source_line
    if name.startswith("--"):
        yield from (f"{line}: {found}" for found in _values(declaration.value, new))
        return
    if name.startswith("-"):  # one engine's own way, beside the common one
        return
    if name not in new["known"]:
        yield f"{line}: {name}, unknown"
    if lack := new["properties"].get(name):
        yield f"{line}: {name}, {lack}"
    words = [token.lower_value for token in declaration.value if token.type == "ident"]
    yield from (
        f"{line}: {name}: {word}, {new['values'][f'{name}: {word}']}"
        for word in words
        if f"{name}: {word}" in new["values"]
    )
    yield from (f"{line}: {found}" for found in _values(declaration.value, new))


def _values(tokens: list[Node], new: dict[str, Any]) -> Iterator[str]:
    for token in tokens:
        if isinstance(token, FunctionBlock):
            if lack := new["functions"].get(token.lower_name):
                yield f"{token.lower_name}(), {lack}"
            yield from _values(token.arguments, new)
        elif token.type == "dimension":
            kind = "viewport_percentage_units_dynamic" if token.lower_unit in DYNAMIC_UNITS else token.lower_unit
            if lack := new["units"].get(kind):
                yield f"{token.lower_unit}, {lack}"
