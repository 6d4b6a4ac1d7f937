"""A price means the same in the menu's file, in the database and on a guest's phone, in every currency there is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from playwright.async_api import expect

from kds.commands.menu.file import read_menu, write_menu
from kds.domain.money import currencies, is_currency

from .conftest import Ask, OpenPage
from .customers import Customer

PHONE = {"width": 360, "height": 740}


def _amounts(minor_units: int) -> list[int]:
    one = 10**minor_units
    return sorted({0, 1, 9, one, one + 1, 15 * one, 1_500 * one, 1_500 * one + 5, 179_000_000, 2**31 - 1})


@pytest.mark.parametrize("language", ["en", "de", "it", "ar"])
async def test_every_currency_of_iso_4217_is_shown_as_the_file_has_it(ask: Ask, language: str) -> None:
    prices: list[tuple[str, int, int, str]] = []
    for code, minor_units in currencies().items():
        cents = _amounts(minor_units)
        rows = [
            {"name": str(each), "section": "", "station": None, "description": "", "price_cents": each}
            for each in cents
        ]
        text = write_menu([row | {"allergens": [], "modifiers": []} for row in rows], code)
        assert [dish["price_cents"] for dish in read_menu(text, code, [])] == cents, code
        written = [line.split(",")[3] for line in text.splitlines()[1:]]
        prices += [(code, minor_units, each, price) for each, price in zip(cents, written, strict=True)]
    shown = await ask(
        f"""
        document.documentElement.lang = {json.dumps(language)};
        const {{ money }} = await load("common/text/format");
        const parts = new Intl.NumberFormat({json.dumps(language)} + "-u-nu-latn").formatToParts(1.5);
        const decimal = parts.find(({{ type }}) => type === "decimal").value;
        const texts = {json.dumps(prices)}.map(([code, minorUnits, cents]) => money(cents, code, minorUnits));
        return {{ decimal, texts }};
        """
    )
    assert len(prices) > 1_500
    for (code, _, amount, price), text in zip(prices, shown["texts"], strict=True):
        number = "".join(each for each in text.replace(shown["decimal"], "\0") if each in "0123456789\0").strip("\0")
        assert Decimal(number.replace("\0", ".")) == Decimal(price), (code, amount, price, text)
        assert text.isascii() or not any(each.isdigit() and not each.isascii() for each in text), text


@pytest.mark.parametrize(
    ("currency", "price", "shown"),
    [("HUF", "1500", "1,500"), ("IQD", "1500", "1,500"), ("IQD", "1500.250", "1,500.250"), ("JPY", "850", "850")],
)
async def test_a_guest_reads_what_the_manager_wrote(
    server: Any, db: Any, customer: Customer, open_page: OpenPage, currency: str, price: str, shown: str
) -> None:
    [dish] = read_menu(f"name,price\nGoulash,{price}", currency, [])
    await db.execute("UPDATE branches SET currency = $1", currency)
    await db.execute("UPDATE menu_items SET price_cents = $1, modifiers = '[]'", dish["price_cents"])
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **PHONE)
    await expect(page.locator(".dish-price").first).to_contain_text(shown)
    await page.locator(".plus").first.click()
    await page.get_by_role("button", name="View basket").click()
    await page.get_by_role("button", name="Place order").click()
    await expect(page.locator(".track-total strong")).to_contain_text(shown)


def test_what_is_no_currency_is_none() -> None:
    assert [code for code in ("EUX", "XAU", "XXX", "eur", "", "E") if is_currency(code)] == []
