"""What a script uses that the oldest browsers do not know, read from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_javascript.language()))
BROWSERS_OWN = {"navigator", "document", "document.documentElement", "document.body", "window", "globalThis", "screen"}
NAMES = {"identifier", "property_identifier", "shorthand_property_identifier"}
SYNTAX = {"class_static_block": "static initialization block", "using_declaration": "using"}


def names_given(source: str) -> set[str]:
    """What a script calls its own: a member of this name may be one of ours, wherever it is asked."""
    return {_text(node) for node in _all(_root(source)) if node.type in NAMES and _names(node)}


def findings(source: str, own: set[str], new: dict[str, Any]) -> list[str]:
    """`line: what, since when`, for all that is too new and not among our own names."""
    return [f"{node.start_point[0] + 1}: {found}" for node in _all(_root(source)) for found in _found(node, own, new)]


def _root(source: str) -> Node:
    root = PARSER.parse(source.encode()).root_node
    assert not root.has_error, "this is no script that the parser knows"
    return root


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _text(node: Node) -> str:
    return node.text.decode() if node.text else ""


def _names(node: Node) -> bool:
    """Whether this name is given here: to a variable, a function, a method, a parameter, a member of an object."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type in {"method_definition", "function_declaration", "class_declaration", "pair", "field_definition"}:
        return parent.child_by_field_name("name") == node or parent.child_by_field_name("key") == node
    if parent.type == "member_expression":
        assigned = parent.parent is not None and parent.parent.type == "assignment_expression"
        return assigned and parent.parent.child_by_field_name("left") == parent  # type: ignore[union-attr]
    return parent.type in {
        "variable_declarator",
        "formal_parameters",
        "import_specifier",
        "import_clause",
        "array_pattern",
    }


def _found(node: Node, own: set[str], new: dict[str, Any]) -> Iterator[str]:
    if node.type == "member_expression":
        yield from _member(node, own, new)
    elif node.type == "identifier" and _text(node) not in own and (lack := new["globals"].get(_text(node))):
        yield f"{_text(node)}, {lack}"
    elif node.type == "regex":
        yield from _regex(node, new)
    elif node.type in SYNTAX:
        yield f"{SYNTAX[node.type]}, too new"


def _member(node: Node, own: set[str], new: dict[str, Any]) -> Iterator[str]:
    owner, member = node.child_by_field_name("object"), node.child_by_field_name("property")
    if owner is None or member is None:
        return
    name = _text(member)
    # Intl.ListFormat, globalThis.trustedTypes
    whole = f"{_text(owner).removeprefix('globalThis.').removeprefix('Intl.')}.{name}"
    if lack := new["statics"].get(whole):
        yield f"{whole}, {lack}"
    elif name not in own and _is_asked_of_the_browser(node, owner) and (lack := new["members"].get(name)):
        yield f".{name}, {lack}"


def _is_asked_of_the_browser(node: Node, owner: Node) -> bool:
    """A call, or a member of something that only the browser has: other members are those of our own objects."""
    is_called = node.parent is not None and node.parent.type == "call_expression"
    return is_called or _text(owner).removeprefix("globalThis.") in BROWSERS_OWN


def _regex(node: Node, new: dict[str, Any]) -> Iterator[str]:
    text = _text(node)
    if re.search(r"\(\?<[=!]", text) and (lack := new["syntax"].get("regular_expressions.lookbehind_assertion")):
        yield f"{text}, {lack}"
    if re.search(r"/[a-z]*v[a-z]*$", text):
        yield f"{text}, the flag v"
