"""Any text that the house, a till or a guest may write is on every page as it was written, and breaks none."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from playwright.async_api import Page, expect

from kds.domain.text import first_characters
from tests.texts import PIECES

from .conftest import PATIENCE_MS, Board, OpenBoard, OpenPage, sign_in
from .customers import Customer

SEEDS = range(3)
ORDERS = 6
LACKING = """([box, texts]) => {
const bare = (text) => text.replace(/\\s/gu, "");
const shown = bare([...document.querySelectorAll(box)].map((each) => each.textContent).join("\\n"));
return texts.filter((text) => !shown.includes(bare(text)));
}"""
"""Which of the texts are not in the boxes; rows are cut between words, so spaces count for nothing."""


class Writer:
    """Makes texts, each with an end of its own by which it is found."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._made = 0

    def text(self, most: int = 60) -> str:
        """A text of some pieces, and its number."""
        self._made += 1
        end = f"#{self._made}"
        pieces = "".join(self._chance.choices(PIECES, k=self._chance.randint(1, 6)))
        return first_characters(pieces, most - len(end)) + end

    def texts(self) -> list[str]:
        """A few."""
        return [self.text(30) for _ in range(self._chance.randint(1, 2))]


async def write_house(db: Any, writer: Writer) -> dict[str, Any]:
    """Names everything that a branch has; the names."""
    house: dict[str, Any] = {name: writer.text(40) for name in ("branch", "locality", "section", "dish", "description")}
    house |= {"allergens": writer.texts(), "modifiers": writer.texts(), "station": writer.text(30)}
    await db.execute("UPDATE branches SET name = $1, locality = $2", house["branch"], house["locality"])
    await db.execute("UPDATE stations SET name = $1 WHERE name = 'Grill'", house["station"])
    await db.execute(
        "DELETE FROM menu_items WHERE station IS DISTINCT FROM $1 OR name NOT LIKE 'Chicken%'", house["station"]
    )
    await db.execute(
        "UPDATE menu_items SET name = $1, section = $2, description = $3, allergens = $4, modifiers = $5,"
        " available = true",
        *(house["dish"], house["section"], house["description"], house["allergens"]),
        json.dumps([{"name": name, "priceCents": 100} for name in house["modifiers"]]),
    )
    return house


async def write_order(db: Any, branch_id: str, station: str, writer: Writer, kind: str) -> dict[str, Any]:
    """An order as a till writes it; its id, number, texts, and what its ticket is headed by."""
    order: dict[str, Any] = {name: writer.text() for name in ("table", "note", "item", "item_note")}
    order["customer"] = writer.text(20)
    order |= {"modifiers": writer.texts(), "allergens": writer.texts()}
    async with db.transaction():
        row = await db.fetchrow(
            "INSERT INTO orders (branch_id, table_label, customer_name, note, order_type)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING id, order_number",
            *(branch_id, order["table"], order["customer"], order["note"], kind),
        )
        kot_id = await db.fetchval(
            "INSERT INTO kots (order_id, station) VALUES ($1, $2) RETURNING id", row["id"], station
        )
        await db.execute(
            "INSERT INTO order_items (order_id, kot_id, name, modifiers, note, allergens)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(row["id"], kot_id, order["item"], order["modifiers"], order["item_note"], order["allergens"]),
        )
    return {
        **order,
        "id": str(row["id"]),
        "number": row["order_number"],
        "head": order["customer" if kind == "takeaway" else "table"],
    }


async def sees(page: Page, box: str, texts: list[str]) -> None:
    """Waits until all these texts are in the boxes."""
    lacking = texts
    deadline = asyncio.get_running_loop().time() + PATIENCE_MS / 1000
    while asyncio.get_running_loop().time() < deadline and lacking:
        lacking = await page.evaluate(LACKING, [box, texts])
        await asyncio.sleep(0.05)
    assert lacking == [], await page.locator(box).all_text_contents()


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_text_of_a_till_is_on_the_boards(
    server: Any, db: Any, open_board: OpenBoard, open_page: OpenPage, seed: int
) -> None:
    writer = Writer(seed)
    house = await write_house(db, writer)
    board = await open_board(server.url, width=1920, height=1080)
    pickup = await open_page(f"{server.url}/pickup/{server.branch_id}", width=1920, height=1080)
    await sign_in(pickup, "pickup", "pickup-demo")
    kinds = ["dine_in", "takeaway"] * (ORDERS // 2)
    orders = [await write_order(db, server.branch_id, house["station"], writer, kind) for kind in kinds]
    for key in ("", "g", "x"):
        if key:
            await board.page.keyboard.press(key)
        for order in orders:
            wanted = [order[name] for name in ("head", "note", "item", "item_note")]
            wanted += order["modifiers"]
            await sees(board.page, f'[data-order-id="{order["id"]}"]', wanted)
    await sees(board.page, "body", [house["branch"], house["station"]])
    await Board(board.page).sees_health("live")
    for number, order in enumerate(orders, start=1):
        await board.page.keyboard.press("Escape")
        await board.page.keyboard.press(str(number))
        await board.page.keyboard.press("d")
        await sees(board.page, ".order-sheet[open]", order["allergens"])
        await board.page.keyboard.press("Escape")
    await db.execute("UPDATE orders SET status = 'READY'")
    names = [first_characters(order["customer"].split()[0], 20) for order in orders[1::2]]
    await sees(pickup, "body", [house["branch"], *names])


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_text_of_the_house_and_of_a_guest_is_on_the_phone(
    server: Any, db: Any, customer: Customer, open_page: OpenPage, seed: int
) -> None:
    writer = Writer(seed)
    house = await write_house(db, writer)
    phone = {"width": 360, "height": 740}
    page = await open_page(f"{server.url}/order/{server.branch_id}?table=T1", **phone)
    wanted = [house[name] for name in ("branch", "locality", "section", "dish", "description")] + house["allergens"]
    await sees(page, "body", wanted)
    note, item_note = writer.text(), writer.text()
    (dish,) = await customer.dishes(1)
    line = {"menuItemId": dish["menuItemId"], "quantity": 1, "modifiers": house["modifiers"], "note": item_note}
    placed = await customer.order([], items=[line], note=note)
    track = await open_page(f"{server.url}/track/{placed.order_id}?token={placed.token}", **phone)
    await expect(track.locator(".track-dish")).to_have_count(1)
    await sees(track, "body", [house["branch"], house["dish"], *house["modifiers"], item_note, note])


async def test_any_name_of_a_table_is_on_its_card(server: Any, db: Any, open_page: OpenPage) -> None:
    writer = Writer(0)
    house = await write_house(db, writer)
    names = ["شرفة 1", "Bar\u00a07", "\u0645\u06cc\u0632\u200c\u0647\u0627", "👩\u200d👩\u200d👧 e\u0301", "<b>T</b>"]
    page = await open_page(f"{server.url}/tables")
    await sign_in(page, "manager", "manager-demo")
    await expect(page.locator(".card").first).to_be_visible()
    await page.get_by_label("Tables").fill(", ".join(names))
    await page.get_by_role("button", name="Show").click()
    await sees(page, ".card", [house["branch"], *names])
