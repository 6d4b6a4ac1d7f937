"""The catalogues of the pages: the same texts in every language, none untranslated, none unused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_first_load import closure

STATIC = Path(__file__).parents[2] / "kds" / "static"


def _texts(file: Path) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return texts


WORDS: dict[str, dict[str, Any]] = {
    language.stem: {
        name: text
        for file in sorted((STATIC / "words").rglob(language.name), key=lambda file: (len(file.parts), file))
        for name, text in _texts(file).items()
    }
    for language in sorted((STATIC / "words").glob("*.json"))
}
PLURALS = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "de": {"one", "other"},
    "en": {"one", "other"},
    "es": {"one", "many", "other"},
    "fr": {"one", "many", "other"},
    "it": {"one", "many", "other"},
    "zh": {"other"},
}
"""Source: Unicode CLDR, language plural rules, cardinal."""
SAME_AS_IN_ENGLISH = {
    "de": {"top.live", "top.offline", "banner.offline", "ticket.vip", "role.manager"},
    "es": {"order.total", "allergen.gluten", "ticket.vip"},
    "it": {"login.password", "ticket.vip", "office.menu"},
    "fr": {"order.total", "table", "order.allergies", "allergen.gluten", "allergen.lupin", "ticket.vip"},
}
"""Where another language really has the word of the English one."""
ROOMS = ("guests", "pickup", "manager", "welcome", "kitchen")


def _forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def _values(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_no_text_stands_in_two_catalogues() -> None:
    names = [name for file in (STATIC / "words").rglob("en.json") for name in _texts(file)]
    assert len(names) == len(set(names))


def test_each_language_has_its_catalogues_and_its_plurals() -> None:
    assert set(WORDS) == set(PLURALS)
    script = (STATIC / "js" / "common" / "text" / "words.js").read_text(encoding="utf-8")
    assert set(re.findall(r"(\w\w):", script.split("const LANGUAGES = ")[1].split(";")[0])) == set(WORDS)


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
            _values(form) <= wanted and wanted - _values(form) <= {"count", "low", "allergens"} for form in _forms(text)
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
        if text == WORDS["en"][name]
        and name not in SAME_AS_IN_ENGLISH.get(language, ())
        and not re.fullmatch(r"(\W|\d|{\w+}|min|h|m|s)*", str(text))
    ]
    assert left == []


def test_every_text_is_used_and_every_used_text_exists() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in [
            STATIC / "js" / "common" / "text" / "words.js",
            STATIC / "js" / "common" / "login" / "login-words.js",
            STATIC / "js" / "common" / "login" / "new-password.js",
            STATIC / "js" / "common" / "login" / "limits.js",
            STATIC / "js" / "common" / "login" / "doors.js",
            *(f for room in ROOMS for f in (STATIC / "js" / room).rglob("*.js")),
        ]
    )
    quoted = {name for name in re.findall(r'"([a-zA-Z]+(?:\.\w+)?)"', source) if name in WORDS["en"] or "." in name}
    made = {f"type.{kind}" for kind in ("dine_in", "takeaway", "delivery")}
    made |= {f"track.{word}" for word in ("received", "cooking", "ready", "served", "handedOver", "cancelled")}
    made |= {f"dish.{word}" for word in ("cooking", "ready", "served", "handedOver", "cancelled")}
    made |= {f"{page}.{phase}" for page in ("track", "pickup") for phase in ("live", "catching", "offline")}
    made |= {name for name in WORDS["en"] if name.startswith(("refused.", "allergen.", "why."))}
    made |= _made_on_the_board()
    used = {name for name in quoted | made if not name.startswith("kds.")}
    assert used - set(WORDS["en"]) == set()
    assert set(WORDS["en"]) - used == set()


@pytest.mark.parametrize("main", sorted((STATIC / "js").rglob("main.js")), ids=lambda main: main.parent.name)
def test_a_page_fetches_every_text_that_its_modules_say(main: Path) -> None:
    folders = re.findall(r'"(\w+/)"', re.findall(r"loadWords\((.*?)\)", main.read_text(encoding="utf-8"))[0])
    fetched = {name for folder in ("", *folders) for name in _texts(STATIC / "words" / folder / "en.json")}
    said = {
        name
        for module in closure([main.relative_to(STATIC).as_posix()])
        for name in re.findall(r'\bsay\(\s*"([\w.]+)"', (STATIC / module).read_text(encoding="utf-8"))
    }
    assert said - fetched == set()


def _made_on_the_board() -> set[str]:
    """Names that the board puts together of a word of its own and the name of a state, a key, a choice."""
    statuses = ("SENT", "READY", "COMPLETED")
    keys = (STATIC / "js" / "kitchen" / "input" / "keys.js").read_text(encoding="utf-8")
    bands = ("calm", "due", "late", "ready", "done", "held", "unknown", "void")
    choices = ("dark", "light", "device", "comfortable", "standard", "compact")
    return {
        *(f"band.{band}" for band in bands),
        *(f"column.{status}" for status in statuses),
        *(f"step.{status}" for status in statuses),
        *(f"state.{state}" for state in (*statuses, "CANCELLED", "done", "held")),
        *(f"reason.{reason}" for reason in ("sold_out", "mistake", "guest_left", "quality", "none")),
        *(f"{place}.{act}" for place in ("act", "sheet") for act in ("void", "refire", "cancel")),
        *(f"kind.{kind}" for kind in ("dine_in", "takeaway", "delivery")),
        *(f"key.{command}" for command in ("digit", *re.findall(r'id: "(\w+)"', keys))),
        *(f"strip.{place}" for place in ("lane", "page", "cell", "key")),
        *(f"options.{choice}" for choice in choices),
        *(f"tone.{tone}" for tone in ("new", "changed", "void", "late")),
    }


def test_no_page_says_anything_beside_its_catalogue() -> None:
    sentence = re.compile(r'"([A-Z][a-z]+(?: [a-z]+)+[^"]*)"')
    for room in ROOMS:
        for file in (STATIC / "js" / room).rglob("*.js"):
            code = re.sub(r"/\*.*?\*/|console\.\w+\([^\n]*", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert sentence.findall(code) == [], file.name
