"""A cell of a menu file: any text and any list, so that a spreadsheet shows it harmlessly and it reads back as it was.

Most texts stand as they are. The others carry a mark, and a mark counts only where it is needed: a cell that would
not be written with one is read as it stands, so that files of before mean what they meant.

    =SUM(A1)         '=SUM(A1)       an apostrophe before what a spreadsheet takes for a formula
    " a "            "\\" a \\""       a JSON string: spaces at the ends, characters that steer or turn round
    ["a; b"]         ["a; b"]        a JSON list where texts with "; " between them would read as another list
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from kds.domain.exact_json import read_json, write_json
from kds.domain.text import printable, quoted

_FORMULA = re.compile(r"'*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets read as a formula (OWASP, CSV Injection), and what would be read as one marked already."""
SEPARATORS = ";\uff1b\u061b\r\n"
"""Between the texts of a plain list: semicolons of every script, and lines."""


def write_cell(text: str) -> str:
    """The cell of a text."""
    if text != text.strip() or printable(text.replace("\n", "")) != text.replace("\n", ""):
        return as_json(text)
    if _FORMULA.match(text):
        return f"'{text}"
    # It looks like a cell with a mark: marked, it is none.
    return as_json(text) if _marked(text) is not None else text


def read_cell(cell: str) -> str:
    """The text of a cell."""
    marked = _marked(cell)
    if marked is None:
        marked = _marked(cell.strip())
    return cell.strip() if marked is None else marked


def write_list(
    values: Sequence[Any], plain: Callable[[Sequence[Any]], str], read: Callable[[str], Sequence[Any]]
) -> str:
    """The cell of a list: what `plain` makes of it, if `read` makes these values of that; else as JSON."""
    try:
        text = plain(values)
        if not text.startswith("[") and list(read(text)) == list(values):
            return write_cell(text)
    except ValueError:  # plainly written it would be no list at all
        pass
    return as_json(values)


def json_list(text: str, kinds: tuple[type, ...], such_as: str) -> list[Any] | None:
    """The list of these kinds of values that a cell holds in JSON; None where it is written plainly.

    Raises:
        ValueError: it begins as JSON does and is no such list: read plainly, it would be one value that nobody meant.
    """
    if not text.lstrip().startswith(("[", "{")):
        return None
    try:
        found = read_json(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(each, kinds) for each in found):
        raise ValueError(f"{quoted(text)} begins as JSON does and is no such list in JSON: write {such_as}")
    return found


def as_json(value: Any) -> str:
    """JSON on one line, in which every letter is legible and nothing steers a terminal."""
    return "".join(each if printable(each) == each else _escaped(each) for each in write_json(value))


def split_list(text: str, separators: str = SEPARATORS) -> list[str]:
    """The texts of a plain list."""
    return [part.strip() for part in re.split(f"[{separators}]", text) if part.strip()]


def _marked(cell: str) -> str | None:
    """The text of a cell that carries a mark and needs it."""
    if cell[:1] == "'" and _FORMULA.match(cell[1:]) and cell == cell.strip():
        return cell[1:]
    if cell[:1] == '"' and cell[-1:] == '"':
        try:
            text = json.loads(cell)
        except ValueError:
            return None
        return text if isinstance(text, str) and as_json(text) == cell and _needs_json(text) else None
    return None


def _needs_json(text: str) -> bool:
    return write_cell(text) == as_json(text)


def _escaped(character: str) -> str:
    return json.dumps(character).strip('"')
