"""`kds forget` and `kds branch set --forget-after`: whose words go, when, and that nothing goes unasked."""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from kds.demo.restaurant import load_restaurant
from kds.postgres.migrate.migrate import migrate
from tests.clusters import Cluster
from tests.flow.commands.menus import Kds
from tests.orders import add_branch, place


async def order(db: Any, branch_id: Any, name: str, note: str | None = None, status: str = "COMPLETED") -> UUID:
    """An order of a guest, over unless another status is asked for."""
    order_id = await place(db, branch_id, note=note)
    await db.execute("UPDATE orders SET customer_name = $2 WHERE id = $1", order_id, name)
    for step in {"COMPLETED": ("READY", "COMPLETED"), "READY": ("READY",)}.get(status, ()):
        await db.execute("UPDATE orders SET status = $2::text::kitchen_status WHERE id = $1", order_id, step)
    return order_id


async def words(db: Any, order_id: UUID) -> tuple[str | None, str | None]:
    """The name and the note of an order."""
    row = await db.fetchrow("SELECT customer_name, note FROM orders WHERE id = $1", order_id)
    return row["customer_name"], row["note"]


async def test_it_shows_first_and_takes_out_when_it_is_told_to(kds: Kds, db: Any, branch_id: str) -> None:
    anna = await order(db, branch_id, "Anna Rossi", "call +39 333 1234567")
    by_phone = await order(db, branch_id, "A.", "393331234567: no nuts")
    dish = await order(db, branch_id, "Bea")
    await db.execute("UPDATE order_items SET note = 'for ANNA  ROSSI' WHERE order_id = $1", dish)
    other = await order(db, branch_id, "Carlo", "extra hot")
    for asked, found in (("anna rossi", {anna, dish}), ("39 333 1234567", {anna, by_phone})):
        code, printed = await kds("forget", "--guest", asked)
        assert code == 0 and "Nothing was changed" in printed
        assert {each for each in (anna, by_phone, dish, other) if str(each) in printed} == found
    assert await words(db, anna) == ("Anna Rossi", "call +39 333 1234567")
    code, printed = await kds("forget", "--guest", "Anna Rossi", "--yes")
    assert code == 0 and "Forgotten in 2 orders" in printed and "Backups" in printed
    assert await words(db, anna) == (None, None)
    assert await db.fetchval("SELECT count(*) FROM order_items WHERE note IS NOT NULL") == 0
    assert await words(db, other) == ("Carlo", "extra hot")
    assert await words(db, by_phone) == ("A.", "393331234567: no nuts")
    code, printed = await kds("forget", "--guest", "Anna Rossi")
    assert code == 0 and "Nothing is known" in printed


async def test_what_is_still_cooked_keeps_its_note(kds: Kds, db: Any, branch_id: str) -> None:
    cooking = await order(db, branch_id, "Anna", "no nuts", status="SENT")
    ready = await order(db, branch_id, "Anna", "no milk", status="READY")
    past = await order(db, branch_id, "Anna", "no eggs")
    code, printed = await kds("forget", "--guest", "Anna", "--yes")
    assert code == 1 and "Forgotten in 1 order." in printed and "2 orders still open" in printed
    assert [await words(db, each) for each in (cooking, ready, past)] == [
        ("Anna", "no nuts"),
        ("Anna", "no milk"),
        (None, None),
    ]


async def test_an_order_is_named_by_its_id_and_a_branch_by_its_name(kds: Kds, db: Any, branch_id: str) -> None:
    elsewhere = await add_branch(db)
    here, there = await order(db, branch_id, "Anna"), await order(db, elsewhere, "Anna")
    code, printed = await kds("forget", "--order", str(here), "--order", str(there), "--branch", "Elsewhere", "--yes")
    assert code == 1 and f"no order {here} there: nothing was changed" in printed
    code, printed = await kds("forget", "--guest", "Anna", "--branch", "Elsewhere", "--yes")
    assert code == 0 and (await words(db, here), await words(db, there)) == (("Anna", None), (None, None))
    code, printed = await kds("forget", "--order", str(here), "--yes")
    assert code == 0 and await words(db, here) == (None, None)


async def test_many_orders_go_in_parts_and_it_says_how_far_it_is(kds: Kds, db: Any, branch_id: str) -> None:
    for _ in range(60):
        await order(db, branch_id, "Anna")
    code, printed = await kds("forget", "--guest", "Anna", "--yes")
    assert code == 0 and "50 of 60\n60 of 60\n" in printed
    assert await db.fetchval("SELECT count(*) FROM orders WHERE customer_name IS NOT NULL") == 0


async def test_neither_case_nor_how_it_was_typed_hides_a_guest_or_a_branch_in_a_database_that_knows_ascii_alone(
    kds: Kds, cluster: Cluster
) -> None:
    name = f"kds_ascii_{token_hex(4)}"
    link = await asyncpg.connect(cluster.admin_dsn)
    await link.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0")
    await link.close()
    dsn = cluster.dsn(name)
    await migrate(dsn, lambda line: None)
    await load_restaurant(dsn)
    db = await asyncpg.connect(dsn)
    try:
        assert await db.fetchval("SELECT lower('É')") == "É", "this database knows more than ASCII"
        branch = await db.fetchval("SELECT id FROM branches")
        orders = {
            guest: str(await order(db, branch, guest))
            for guest in ("Émilie Dupré", "СЕРГЕЙ ИВАНОВ", "Straße", "O\u0308zge")
        }
        for asked, guest in (
            ("émilie dupré", "Émilie Dupré"),
            ("E\u0301MILIE  DUPRE\u0301", "Émilie Dupré"),
            ("сергей иванов", "СЕРГЕЙ ИВАНОВ"),
            ("STRASSE", "Straße"),
            ("özge", "O\u0308zge"),
        ):
            code, printed = await kds("forget", "--guest", asked, DATABASE_URL=dsn)
            assert code == 0 and {each for each in orders.values() if each in printed} == {orders[guest]}, asked
        code, printed = await kds("forget", "--guest", "ÉMILIE", "--yes", DATABASE_URL=dsn)
        assert code == 0 and await words(db, UUID(orders["Émilie Dupré"])) == (None, None)
        assert (await kds("branch", "add", "Café ÉLAN", DATABASE_URL=dsn))[0] == 0
        for typed in ("café élan", "CAFE\u0301 E\u0301LAN"):
            code, printed = await kds("branch", "add", typed, DATABASE_URL=dsn)
            assert code == 1 and "already" in printed
            assert (await kds("menu", "list", typed, DATABASE_URL=dsn))[0] == 0
    finally:
        db.terminate()
        await cluster.drop(name)


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ([], 1, "say whose"),
        (["--guest", " a "], 1, "2 characters"),
        (["--guest", "Nobody at all"], 0, "Nothing is known"),
        (["--order", "17"], 2, "no id of an order"),
        (["--order", str(uuid4())], 1, "there is no order"),
        (["--guest", "Anna", "--branch", "Nowhere"], 1, "no branch"),
        (["--help"], 0, "Backups made before"),
    ],
)
async def test_a_wrong_request_is_named(kds: Kds, branch_id: str, flags: list[str], code: int, said: str) -> None:
    exit_code, printed = await kds("forget", *flags)
    assert (exit_code, said in printed) == (code, True), printed


@pytest.mark.parametrize(
    ("days", "code", "said", "kept"),
    [
        ("30", 0, "forgotten 30 days after", 30),
        ("1", 0, "forgotten 1 day after", 1),
        ("never", 0, "kept for good", None),
        ("0", 2, "neither never", None),
        ("36501", 2, "neither never", None),
        ("soon", 2, "neither never", None),
    ],
)
async def test_a_branch_says_for_how_long(
    kds: Kds, db: Any, branch_id: str, days: str, code: int, said: str, kept: int | None
) -> None:
    exit_code, printed = await kds("branch", "set", branch_id, "--forget-after", days)
    assert (exit_code, said in printed) == (code, True), printed
    assert await db.fetchval("SELECT forget_after_days FROM branches WHERE id = $1", UUID(branch_id)) == kept
