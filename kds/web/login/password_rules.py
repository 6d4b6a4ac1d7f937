"""What a password may not be: what everybody tries first. Source: NIST SP 800-63B section 5.1.1.2.

Length, and no list of kinds of characters; what is compared with a list is what attackers begin with. Passwords that
exist already go on working: only a new one is judged.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from kds.config.patterns import is_pattern

PASSWORD_MIN = 8
PASSWORD_MAX = 200
"""POST /staff/login takes no more."""
Reason = Literal["length", "characters", "common", "pattern", "name"]
NAMES_OF_THE_PLACE = ("kitchen", "restaurant", "display", "manager", "chef", "cook", "pickup", "owner", "staff", "kds")
LETTERS_LEFT_MIN = 4
"""Of what is left of a password without the names, digits and signs that are put around them."""
_BETTER = "Three words that have nothing to do with each other are better"


@dataclass(frozen=True, slots=True)
class PasswordFault:
    """Why a password is none: `reason` for a page with words of its own; as text the end of a sentence about it."""

    reason: Reason
    words: str

    def __str__(self) -> str:
        return self.words


def password_fault(password: str, username: str) -> PasswordFault | None:
    """Why this is no password; None when it is one."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return PasswordFault("length", f"has {len(password)} characters and needs {PASSWORD_MIN} to {PASSWORD_MAX}")
    if not password.isprintable():
        return PasswordFault("characters", "holds characters that no keyboard types. Save it as UTF-8 text")
    plain = password.casefold()
    if plain in _common() or _stem(plain) in _common():
        return PasswordFault("common", f"is one of those that are tried first. {_BETTER}")
    if is_pattern(plain):
        return PasswordFault("pattern", f"repeats itself or follows the keyboard. {_BETTER}")
    names = sorted(
        {username.casefold(), *re.split(r"\W+", username.casefold()), *NAMES_OF_THE_PLACE}, key=len, reverse=True
    )
    bare = plain
    for name in filter(None, names):
        bare = bare.replace(name, "")
    if bare != plain and sum(character.isalpha() for character in bare) < LETTERS_LEFT_MIN:
        return PasswordFault("name", f"is made of the user name or the place. {_BETTER}")
    return None


def _stem(text: str) -> str:
    """The text without digits and signs at its end, and with letters for the signs that stand for them."""
    return re.sub(r"[\W\d_]+$", "", text).translate(str.maketrans("4@3105$7", "aaeiosst"))


@functools.cache
def _common() -> frozenset[str]:
    text = resources.files("kds.web.login").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
