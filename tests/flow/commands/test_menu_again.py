"""`kds menu load` on a menu that is there: which dishes are meant, what is sold out, and two who load at once."""

from __future__ import annotations

import asyncio
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from kds.postgres.statements import load_statements
from tests.flow.commands.menus import Kds, dishes_of

NAME = "Cr\u00e8me br\u00fbl\u00e9e"
STATES = "SELECT m.available, t.is_sold_out FROM menu_items AS m JOIN dish_states AS t ON t.menu_item_id = m.id"


async def load(kds: Kds, file: Path, text: str, *flags: str) -> str:
    """Loads a file of this text into the branch Nonna; what was said."""
    await asyncio.to_thread(file.write_text, text, encoding="utf-8")
    code, printed = await kds("menu", "load", "Nonna", str(file), *flags)
    assert code == 0, printed
    return printed


async def test_yes_in_a_file_lifts_what_is_sold_out_and_no_sells_it_out_for_good(
    kds: Kds, db: Any, tmp_path: Path
) -> None:
    await kds("branch", "add", "Nonna")
    file = tmp_path / "menu.csv"
    of_soup = f"{STATES} WHERE m.name = 'Soup'"
    await load(kds, file, "name,price\nSoup,5.00\n")
    await kds("menu", "sold-out", "Nonna", "Soup")
    assert "1 changed" in await load(kds, file, "name,price,available\nSoup,5.00,yes\n")
    assert tuple(await db.fetchrow(of_soup)) == (True, False)
    assert await db.fetchval("SELECT count(*) FROM dish_stock") == 0
    assert "0 changed" in await load(kds, file, "name,price,available\nSoup,5.00,yes\n")
    await kds("menu", "sold-out", "Nonna", "Soup", "--left", "3")
    assert "0 changed" in await load(kds, file, "name,price,available\nSoup,5.00,yes\n")
    assert await db.fetchval("SELECT remaining FROM dish_stock") == 3, "it was not sold out"
    assert "1 changed" in await load(kds, file, "name,price,available\nSoup,5.00,no\n")
    assert tuple(await db.fetchrow(of_soup)) == (False, True)
    _, listed = await kds("menu", "list", "Nonna")
    assert "Soup,,,5.00,,,,no" in listed
    await kds("menu", "lift", "Nonna", "Soup")
    await kds("menu", "sold-out", "Nonna", "Soup", "--until-tomorrow")
    assert "1 changed" in await load(kds, file, "name,price,available\nSoup,5.00,no\n")
    assert tuple(await db.fetchrow(of_soup)) == (False, True), "until somebody lifts it, not until tomorrow"


@pytest.mark.parametrize("flags", [(), ("--replace",)])
async def test_what_is_sold_out_or_counted_is_so_after_list_and_load_and_comes_back_at_its_time(
    kds: Kds, db: Any, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    await kds("branch", "add", "Nonna")
    file = tmp_path / "menu.csv"
    await load(kds, file, "name,price\nSoup,5\nTea,2\nNaan,3\nRaita,4\nCake,6\nBread,1\nSalt,1\n")
    await db.execute("UPDATE menu_items SET available = name <> 'Salt'")
    for dish, *how in (
        ("Soup",), ("Tea", "--until-tomorrow"), ("Naan", "--minutes", "5"), ("Raita", "--left", "3"),
        ("Cake", "--left", "3", "--minutes", "9"), ("Bread", "--left", "1"),
    ):  # fmt: skip
        assert (await kds("menu", "sold-out", "Nonna", dish, *how))[0] == 0
    await db.execute("UPDATE dish_stock SET remaining = 0 WHERE name = 'Bread'")
    stock = "SELECT *, xmin::text FROM dish_stock ORDER BY name"
    before = await db.fetch(stock)
    assert len(before) == 6
    _, listed = await kds("menu", "list", "Nonna")
    assert [line for line in listed.splitlines() if line.endswith("no")] == ["Salt,,,1.00,,,,no"]
    assert "0 added, 0 changed, 0 removed" in await load(kds, file, listed, *flags)
    assert await db.fetch(stock) == before
    await db.execute("DELETE FROM dish_stock")  # as its time comes, or somebody lifts it
    assert "0 added, 0 changed, 0 removed" in await load(kds, file, listed, *flags)
    assert [row["name"] for row in await db.fetch("SELECT name FROM menu_items WHERE NOT available")] == ["Salt"]


async def test_a_name_of_other_letters_that_look_the_same_is_the_same_dish(kds: Kds, db: Any, tmp_path: Path) -> None:
    await kds("branch", "add", "Nonna")
    file = tmp_path / "menu.csv"
    await load(kds, file, f"name,price\n{NAME},5.00\n")
    for flags in ((), ("--replace",)):
        text = f"name,price\n{unicodedata.normalize('NFD', NAME)},6.00\n"
        assert "0 added" in await load(kds, file, text, *flags)
    assert [(name, cents) for name, _, _, cents, *_ in await dishes_of(db, "Nonna")] == [(NAME, 600)]
    code, printed = await kds("menu", "sold-out", "Nonna", unicodedata.normalize("NFD", NAME.upper()))
    assert (code, printed) == (0, f"{NAME}: sold out\n")


async def test_doubles_change_together_and_replace_takes_them_away(kds: Kds, db: Any, tmp_path: Path) -> None:
    await kds("branch", "add", "Nonna")
    file = tmp_path / "menu.csv"
    await load(kds, file, f"name,price\n{NAME},5.00\nRaita,1.00\n")
    for form in ("NFC", "NFD"):
        await db.execute(
            "INSERT INTO menu_items (branch_id, name, price_cents, position)"
            " SELECT id, $1, 700, 0 FROM branches WHERE name = 'Nonna'",
            unicodedata.normalize(form, NAME),
        )
    text = f"name,price\n{NAME},6.00\nRaita,1.00\n"
    printed = await load(kds, file, text)
    assert "3 changed" in printed and f"3 dishes were called {NAME}: all are as the file says" in printed
    assert [dish[3] for dish in await dishes_of(db, "Nonna")].count(600) == 3
    printed = await load(kds, file, text, "--replace")
    assert "2 removed" in printed and f"3 dishes were called {NAME}: the first of them is kept" in printed
    assert [dish[0] for dish in await dishes_of(db, "Nonna")] == [NAME, "Raita"]


async def test_a_load_waits_for_another_of_its_branch_and_adds_no_dish_again(
    kds: Kds, db: Any, connect_db: Any, tmp_path: Path
) -> None:
    await kds("branch", "add", "Nonna")
    first = await connect_db()
    async with asyncio.TaskGroup() as tasks, first.transaction():
        nonna = await first.fetchval("SELECT id FROM branches WHERE name = 'Nonna'")
        await first.execute(load_statements().lock_menu, nonna)
        await first.execute("INSERT INTO menu_items (branch_id, name, price_cents) VALUES ($1, 'Soup', 500)", nonna)
        second = tasks.create_task(load(kds, tmp_path / "menu.csv", "name,price\nSoup,5.00\n"))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kds-admin' AND wait_event_type = 'Lock'"
        )
        while not await db.fetchval(waiting):
            await asyncio.sleep(0.05)
    assert "0 added" in second.result()
    assert [dish[0] for dish in await dishes_of(db, "Nonna")] == ["Soup"]
