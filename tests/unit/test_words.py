"""The catalogues of the customers' pages: the same texts in every language, none untranslated, none unused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).parents[2] / "kds" / "static"


def _texts(file: Path) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return texts


WORDS: dict[str, dict[str, Any]] = {
    file.stem: {**_texts(file), **_texts(file.parent / "staff" / file.name)}
    for file in sorted((STATIC / "words").glob("*.json"))
}
PLURALS = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "de": {"one", "other"},
    "en": {"one", "other"},
    "it": {"one", "many", "other"},
}
"""Source: Unicode CLDR, language plural rules, cardinal."""
SAME_IN_EVERY_LANGUAGE = re.compile(r"[\W\d_]*")
ROOMS = ("guests", "pickup", "manager")


def _forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def _values(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_there_are_four_languages_one_of_them_from_right_to_left() -> None:
    assert set(WORDS) == set(PLURALS)
    script = (STATIC / "js" / "common" / "words.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"(\w\w)"', script.split("const LANGUAGES = ")[1].split(";")[0])) == set(WORDS)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_catalogue_has_the_texts_of_the_english_one(language: str) -> None:
    assert list(WORDS[language]) == list(WORDS["en"])
    for name, text in WORDS[language].items():
        english = WORDS["en"][name]
        assert isinstance(text, str) == isinstance(english, str), name
        assert all(form.strip() == form != "" for form in _forms(text)), name
        wanted = set().union(*map(_values, _forms(english)))
        assert _values(_forms(text)[-1]) == wanted, name
        # a form for one or two may say the number in words
        assert all(
            _values(form) <= wanted and wanted - _values(form) <= {"count", "allergens"} for form in _forms(text)
        )


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_plural_has_exactly_the_forms_of_its_language(language: str) -> None:
    for name, text in WORDS[language].items():
        assert isinstance(text, str) or set(text) == PLURALS[language], name


@pytest.mark.parametrize("language", sorted(set(WORDS) - {"en"}))
def test_nothing_is_left_in_english(language: str) -> None:
    left = [
        name
        for name, text in WORDS[language].items()
        if text == WORDS["en"][name] and not re.fullmatch(r"(\W|\d|{\w+}|min|h|s)*", str(text))
    ]
    assert left == []


def test_every_text_is_used_and_every_used_text_exists() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in [
            STATIC / "js" / "common" / "words.js",
            STATIC / "js" / "common" / "login-words.js",
            *(f for room in ROOMS for f in (STATIC / "js" / room).rglob("*.js")),
        ]
    )
    quoted = {name for name in re.findall(r'"([a-zA-Z]+(?:\.\w+)?)"', source) if name in WORDS["en"] or "." in name}
    made = {f"type.{kind}" for kind in ("dine_in", "takeaway", "delivery")}
    made |= {f"track.{word}" for word in ("received", "cooking", "ready", "served", "handedOver", "cancelled")}
    made |= {f"{page}.{phase}" for page in ("track", "pickup") for phase in ("live", "catching", "offline")}
    made |= {name for name in WORDS["en"] if name.startswith(("refused.", "allergen."))}
    used = {name for name in quoted | made if not name.startswith("kds.")}
    assert used - set(WORDS["en"]) == set()
    assert set(WORDS["en"]) - used == set()


def test_no_page_of_a_customer_says_anything_beside_its_catalogue() -> None:
    sentence = re.compile(r'"([A-Z][a-z]+(?: [a-z]+)+[^"]*)"')
    for room in ROOMS:
        for file in (STATIC / "js" / room).rglob("*.js"):
            assert sentence.findall(file.read_text(encoding="utf-8")) == [], file.name
