"""Prices as managers type them: every way to write one is read, and what may be meant in two ways is not."""

from __future__ import annotations

import pytest

from .conftest import Ask

READ = {
    "1.50": 150, "1,50": 150, "1,5": 150, " 7 ": 700, "0": 0, ".5": 50, "€ 8.50": 850, "8,50 €": 850,
    "1.234,50": 123450, "1,234.50": 123450, "1'234.50": 123450, "1 234,5": 123450, "1.234.567": 123456700,
    "\u0668\u066b\u0665\u0660": 850, "\u06f8\u066b\u06f5": 850, "\uff18.\uff15": 850,
}  # fmt: skip
"""Of Arabic, Persian and full-width digits too."""
REFUSED = ("", "x", "1,200", "1.200", "1.2.3", "12,34.50", "1,50,5", "-1", "1.505", "8.50 or so", "1e3", "99999999999")


@pytest.mark.parametrize(
    ("units", "read"),
    [
        (2, {**READ, **dict.fromkeys(REFUSED)}),
        (0, {"1200": 1200, "1,200": 1200, "1.200": 1200, "1.5": None, "1,20": None}),
        (3, {"1.250": 1250, "1,25": 1250, "1.2": 1200, "1,234.5": 1234500, "1.2345": None}),
    ],
)
async def test_an_amount_is_read_as_it_is_meant_or_not_at_all(
    ask: Ask, units: int, read: dict[str, int | None]
) -> None:
    body = f"""const {{ readAmount }} = await load("manager/menu/amounts");
        return {list(read)!r}.map((text) => readAmount(text, {units}));"""
    assert dict(zip(read, await ask(body), strict=True)) == read


async def test_what_a_choice_takes_off_is_signed(ask: Ask) -> None:
    body = """const { readAmount } = await load("manager/menu/amounts");
        return ["-0.50", "\u22121", "+2", "-0", "--1"].map((text) => readAmount(text, 2, { isSigned: true }));"""
    assert await ask(body) == [-50, -100, 200, 0, None]


async def test_a_field_shows_what_is_read_as_the_same(ask: Ask) -> None:
    body = """const { readAmount, writeAmount } = await load("manager/menu/amounts");
        const found = [];
        for (const language of ["en", "de", "fr", "ar", "zh"])
          for (const units of [0, 2, 3])
            for (const cents of [0, 5, 850, 123456, 2147483647, -50]) {
              document.documentElement.lang = language;
              const text = writeAmount(cents, units);
              if (readAmount(text, units, { isSigned: true }) !== cents) found.push([language, units, cents, text]);
            }
        return found;"""
    assert await ask(body) == []
