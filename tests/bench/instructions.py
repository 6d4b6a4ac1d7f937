"""What the triggers cost an order, in instructions of PostgreSQL: the same on a noisy machine, unlike seconds.

valgrind (callgrind) counts a standalone backend that places so many orders of three items, and one that places none;
the difference is theirs. Of what happens to an order later it counts one transaction after the order's own. The gate is
shut, as while a relay polls: a prepared transaction holds it. Each part of a trigger is left out once, by writing its
function without it: what it costs a new order is what an order costs less then.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import shutil
import statistics
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from kds.postgres.embedded import EmbeddedPostgres
from tests.bench.deployment import branch_id, database, note, report, run_sql
from tests.bench.writers import ALL_TRIGGERS, NO_TRIGGERS, RULES_ONLY

BRANCHES = 100
WARM_UP_ORDERS = 220
"""Each branch is met twice: its sequence is in the relation cache, and each statement has its generic plan."""
RARE_ORDER = "eccbc87e-4b5c-e2fe-2830-8fd9f2a7baf3"
"""Its uuid_hash() ends in nine zero bits: so the warm-up meets what sql/numbers.sql does for one order in 512."""
COUNTED = (
    "INSERT INTO menu_items (branch_id, name, price_cents) SELECT b.id, 'Raita', 450 FROM branches AS b"
    " WHERE NOT EXISTS (SELECT FROM menu_items AS m WHERE m.branch_id = b.id AND m.name = 'Raita')",
    "INSERT INTO dish_stock (menu_item_id, remaining) SELECT m.id, 1000000 FROM menu_items AS m WHERE m.name = 'Raita'",
)
OURS = "ours, gate shut"
VARIANTS = {
    "no triggers": [*NO_TRIGGERS],
    "rules only": [*ALL_TRIGGERS, RULES_ONLY],
    OURS: [*ALL_TRIGGERS],
}
COUNTED_VARIANT = "ours, one dish of three counted"
LATER = {
    "one item bumped": ("UPDATE order_items SET done = true WHERE order_id = $1 AND name = 'Raita'",),
    "all its items bumped at once": ("UPDATE order_items SET done = true WHERE order_id = $1",),
    "its KOT READY": ("UPDATE kots SET status = 'READY' WHERE order_id = $1",),
    "its KOT held": ("UPDATE kots SET held = true WHERE order_id = $1",),
    "its KOT voided": ("UPDATE kots SET status = 'CANCELLED' WHERE order_id = $1",),
    "the order READY": ("UPDATE orders SET status = 'READY' WHERE id = $1",),
    "a second round": (
        "INSERT INTO kots (id, order_id, station, round) VALUES ($2, $1, 'Grill', 2)",
        "INSERT INTO order_items (order_id, kot_id, name) VALUES ($1, $2, 'Water'), ($1, $2, 'Tea')",
    ),
}
"""Transactions after the order's own; $1 the order, $2 a new id."""
PARTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "announce_new_order(): all of it": (("announce_new_order()", r"BEGIN\n.*?END\n", "BEGIN RETURN NEW; END\n"),),
    "... is the commit synchronous?": (
        ("announce_new_order()", r"AND current_setting\('synchronous_commit'\) NOT IN \('off', 'local'\)", ""),
    ),
    "... the lock of the branch": (
        ("announce_new_order()", r"AND pg_advisory_xact_lock\(\d+, [^\n]*? IS NOT NULL", ""),
    ),
    "... is the gate shut?": (("announce_new_order()", r"IF current_setting\('kds.notify'.*?END IF;", ""),),
    "remember_new_order(), with what it spares others: all of it": (
        ("remember_new_order()", r"BEGIN\n.*?END\n", "BEGIN RETURN NEW; END\n"),
    ),
    "touch_orders(): all of it": (("touch_orders()", r"BEGIN\n.*END\n", "BEGIN RETURN NEW; END\n"),),
    "... arrays": (("touch_orders()", r"-- array_position[^\n]*\n\s*OR array_position\([^\n]*? IS NOT NULL;", ";"),),
    "... quantities and prices": (("touch_orders()", r"OR a.quantity < 1 OR a.price_cents < 0", ""),),
    "roll_up_new_kot(): all of it": (("roll_up_new_kot()", r"BEGIN\n.*END\n", "BEGIN RETURN NEW; END\n"),),
    "... is its station, round or time unusual?": (
        ("roll_up_new_kot()", r"AND NEW.sent_at = CURRENT_TIMESTAMP AND NEW.round > 0.*?IS NOT TRUE THEN", "THEN"),
    ),
    "number_order(): is a time or status unusual?": (
        ("number_order()", r"IF NEW.status = 'SENT' AND NEW.placed_at.*?NEW.covers IS NULL\s+AND ", "IF "),
    ),
    "... the lock that moving the sequence waits for": (
        ("number_order()", r"-- Who moves[^\n]*\n\s*AND pg_try_advisory_xact_lock_shared\(.*?\) THEN", "THEN"),
    ),
}
"""Functions, the part of each that is left out, as a regular expression, and what stands there instead."""
_PREPARE = """\
PREPARE o (uuid, uuid) AS INSERT INTO orders (id, branch_id, table_label) VALUES ($1, $2, 'T1') RETURNING id;
PREPARE n (uuid, uuid) AS INSERT INTO orders (id, branch_id, table_label, order_number, business_day) \
VALUES ($1, $2, 'T1', nextval('bench_numbers'), current_date) RETURNING id;
PREPARE k (uuid, uuid) AS INSERT INTO kots (id, order_id, station, round) VALUES ($1, $2, 'Grill', 1) RETURNING id;
PREPARE i (uuid, uuid) AS INSERT INTO order_items (order_id, kot_id, name, quantity, price_cents) \
VALUES ($1, $2, 'Chicken tikka', 2, 1450), ($1, $2, 'Raita', 1, 450), ($1, $2, 'Garlic naan', 2, 400);
"""
_SHUT_GATE = ("BEGIN", "SELECT pg_advisory_xact_lock(493269101, 0)", "PREPARE TRANSACTION 'gate'")
_NOT_COUNTED = (
    "DELETE FROM dish_stock",
    "ROLLBACK PREPARED 'gate'",  # while it is open VACUUM takes nothing away that is younger
    "VACUUM branches, menu_items, dish_stock, stock_moves",
    *_SHUT_GATE,
)
"""Takes the stock away, and the dead rows that counting left: orders that count nothing would walk past them."""
_COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")


def add_parser(subparsers: Any) -> None:
    """Adds `instructions`."""
    parser = subparsers.add_parser("instructions", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("--orders", type=int, default=200, help="orders counted in one round")
    parser.add_argument("--rounds", type=int, default=3, help="counts of each, of which the median counts")
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Counts each variant; prints thousands of instructions an order."""
    if shutil.which("valgrind") is None:
        note("valgrind is not on this machine: apt-get install valgrind")
        return 1
    counts: dict[str, list[float]] = {variant: [] for variant in (*VARIANTS, COUNTED_VARIANT)}
    later: dict[str, list[float]] = {what: [] for what in LATER}
    parts: dict[str, list[float]] = {part: [] for part in PARTS}
    async with database(BRANCHES, max_prepared_transactions=1) as (postgres, dsn):
        await run_sql(dsn, "CREATE SEQUENCE bench_numbers START 1000000 CACHE 100", *_SHUT_GATE)
        try:
            await _count(postgres, "the rare order of the warm-up is there from now on", 1, seed=0)
            for round_number in range(1, options.rounds + 1):
                for variant, triggers in VARIANTS.items():
                    await run_sql(dsn, *triggers)
                    count = await _count(postgres, variant, options.orders, seed=round_number)
                    counts[variant].append(count)
                    note(f"round {round_number}: {variant}: {count / 1000:,.0f} thousand instructions an order")
                for what, statements in LATER.items():
                    count = await _count(postgres, OURS, options.orders, seed=round_number, then=statements)
                    later[what].append(count - counts[OURS][-1])
                    note(f"round {round_number}: {what}: {later[what][-1] / 1000:,.0f} thousand more")
                for part, edits in PARTS.items():
                    async with left_out(dsn, edits):
                        # a name of its own: the ids of the orders are made from it
                        count = await _count(postgres, f"without {part}", options.orders, seed=round_number)
                    parts[part].append(counts[OURS][-1] - count)
                    note(f"round {round_number}: without {part}: {parts[part][-1] / 1000:,.0f} thousand less")
                # last of its round: what it leaves in branches and dish_stock would count in the others
                await run_sql(dsn, *COUNTED)
                count = await _count(postgres, COUNTED_VARIANT, options.orders, seed=round_number)
                counts[COUNTED_VARIANT].append(count)
                note(f"round {round_number}: {COUNTED_VARIANT}: {count / 1000:,.0f} thousand instructions an order")
                await run_sql(dsn, *_NOT_COUNTED)
        finally:
            await run_sql(dsn, "ROLLBACK PREPARED 'gate'")
    medians = {variant: statistics.median(found) for variant, found in counts.items()}
    base = medians["no triggers"]
    rows = [
        [variant, f"{median / 1000:,.0f}", f"{(median - base) / 1000:+,.0f}", f"{median / base:.2f}"]
        for variant, median in medians.items()
    ]
    title = f"A new order in thousands of instructions of the server, median of {options.rounds}"
    report(title, ["variant", "instructions", "more", "ratio"], rows, counts)
    report(
        f"One transaction later, thousands of instructions, median of {options.rounds}",
        ["transaction", "instructions"],
        [[what, f"{statistics.median(found) / 1000:,.0f}"] for what, found in later.items()],
        later,
    )
    report(
        f"What a part costs a new order, thousands of instructions, median of {options.rounds}",
        ["part", "instructions"],
        [[part, f"{statistics.median(found) / 1000:,.0f}"] for part, found in parts.items()],
        parts,
        "What leaving it out spares; less than 5 is none.",
    )
    return 0


@contextlib.asynccontextmanager
async def left_out(dsn: str, edits: Sequence[tuple[str, str, str]]) -> AsyncIterator[None]:
    """The database with functions that lack a part."""
    connection = await asyncpg.connect(dsn)
    kept = []
    for function, part, instead in edits:
        definition = await connection.fetchval("SELECT pg_get_functiondef($1::regprocedure)", function)
        written, times = re.subn(part, instead, definition, count=1, flags=re.DOTALL)
        if times == 0:
            sys.exit(f"{function} has no such part any more: {part}")
        await connection.execute(written)
        kept.append(definition)
    await connection.close()
    try:
        yield
    finally:
        await run_sql(dsn, *kept)


async def _count(
    postgres: EmbeddedPostgres, variant: str, orders: int, *, seed: int, then: Sequence[str] = ()
) -> float:
    """Instructions an order, of a standalone backend on the stopped server's folder."""
    await asyncio.to_thread(postgres.stop)
    try:
        idle = await _collect(postgres, variant, 0, seed, then)
        return (await _collect(postgres, variant, orders, seed, then) - idle) / orders
    finally:
        await asyncio.to_thread(postgres.start)


async def _collect(postgres: EmbeddedPostgres, variant: str, orders: int, seed: int, then: Sequence[str]) -> int:
    # ids that differ between calls, and else the same in each run of the benchmark
    source = random.Random(f"{variant} {orders} {seed} {then}")
    prepared = [f"PREPARE t{number} (uuid, uuid) AS {statement};\n" for number, statement in enumerate(then)]
    script = "".join(
        [_PREPARE, *prepared, f"DELETE FROM orders WHERE id = '{RARE_ORDER}';\n"]
        + [
            _order(source, number, numbered=variant == "no triggers", then=len(then))
            for number in range(WARM_UP_ORDERS + orders)
        ]
    )
    owner = postgres.data_dir.stat().st_uid
    process = await asyncio.create_subprocess_exec(
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
        str(postgres.bin_path / "postgres"), "--single", "-D", str(postgres.data_dir), "bench",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        cwd="/", env={"PATH": os.environ["PATH"], "TZ": "UTC"}, user=owner if os.geteuid() == 0 else None,
    )  # fmt: skip
    _, said = await process.communicate(script.encode())
    text = said.decode(errors="replace")
    collected = _COLLECTED.search(text)
    if collected is None or "ERROR" in text or "FATAL" in text:
        sys.exit(f"the standalone backend failed: {text[-2000:]}")
    return int(collected[1])


def _order(source: random.Random, number: int, *, numbered: bool, then: int) -> str:
    order_id, kot_id, later_id = (uuid.UUID(int=source.getrandbits(128), version=4) for _ in range(3))
    branch = branch_id(number % BRANCHES + 1)
    if number == 0:
        order_id = uuid.UUID(RARE_ORDER)
    placed = (
        f"BEGIN;\nEXECUTE {'n' if numbered else 'o'} ('{order_id}', '{branch}');\n"
        f"EXECUTE k ('{kot_id}', '{order_id}');\nEXECUTE i ('{order_id}', '{kot_id}');\nCOMMIT;\n"
    )
    if not then:
        return placed
    executed = "".join(f"EXECUTE t{statement} ('{order_id}', '{later_id}');\n" for statement in range(then))
    return f"{placed}BEGIN;\n{executed}COMMIT;\n"
