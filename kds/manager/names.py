"""What a member of staff or a branch may be called, as the routes of managers take it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kds.domain.text import NAME_MAX, is_label
from kds.errors import Unprocessable
from kds.web.requests import WITHOUT_NUL

Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, pattern=WITHOUT_NUL)]


def check_name(name: str) -> None:
    """Refuses what no list can show, in words.

    Raises:
        Unprocessable: it has control characters, or spaces at its ends.
    """
    if not is_label(name, NAME_MAX) or name != name.strip():
        raise Unprocessable(f"A name has 1 to {NAME_MAX} characters, no control characters, no spaces at the ends.")
