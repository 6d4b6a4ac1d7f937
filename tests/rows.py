"""Rows as a careless or hostile writer could commit them: any column, any value that the schema takes, from a seed.

The columns come from the catalog, so one that is added tomorrow is tried as well.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import asyncpg

TABLES = ("branches", "stations", "age_thresholds", "menu_items", "orders", "kots", "order_items")
KEYS = {"id", "branch_id", "order_id", "kot_id"}
"""What makes a row part of the order and the branch that it is tried in."""
TEXTS = (
    "", " ", "x" * 2000, "x" * 1_000_000, "\u202eevil\u202c", "\u200b\u2060\ufeff", "👩‍👩‍👧‍👦" * 50, "Z̸̰͝a̵l̷g̸o̶" * 40,
    "\x01\x02\x1b[31m\x7f", "'\"; DROP TABLE orders; --", "\\u0000 \\ud800 \\", '{"type":"RESYNC"}', "]}",
    "</script><b>", "{NULL}",
    "\r\n\t", "NaN", "-1", "../../etc/passwd", "T1 " * 400, "\U0010ffff", "é" * 3000,
)  # fmt: skip
WHOLE = ("0", "1", "-1", "100", "2147483647", "-2147483648", "2147483646", "999999")
TIMES = (
    "infinity", "-infinity", "epoch", "4713-01-01 BC", "0001-01-01 00:00+00", "0001-01-02 00:00+00", "1582-10-10",
    "9999-12-29 23:59:59.999999+00", "9999-12-31 23:59:59+00", "10000-01-01", "294276-12-31", "now", "tomorrow",
)  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    "text": TEXTS,
    "integer": WHOLE,
    "bigint": (*WHOLE, "9223372036854775807", "-9223372036854775808"),
    "integer[]": (
        "{}", "{NULL}", "{2,3,2}", "{0,0,1}", "{1,NULL,1}", "{{1,2},{3,4}}", "[5:7]={1,2,3}",
        "{2147483647,1,1}", "{-1,-2147483648,2}",
    ),
    "boolean": ("true", "false"),
    "timestamp with time zone": TIMES,
    "date": ("infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "today", "9999-12-31", "5874897-12-31"),
    "time without time zone": ("00:00", "23:59:59.999999", "24:00"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "kot_wait[]": ("{}", "{NULL}", "{HAND}", "{COURSE,TIME,TIME}", "{{PAYMENT},{TOGETHER}}", "[5:6]={TIME,NULL}"),
    "order_type[]": ("{}", "{NULL}", "{dine_in,takeaway}", "{{dine_in},{takeaway}}"),
    "text[]": (
        "{}", "{NULL}", "{a,NULL,b}", "{{a,b},{c,d}}", "[5:6]={a,b}", '{"","\\"",\\\\}',
        "{" + ",".join("m" * 9 for _ in range(999)) + "}",
        '{"' + "x" * 100_000 + '"}', '{"{\\"name\\":1}"}',
    ),
    "jsonb": (
        "[]", "{}", "null", "5", '"x"', "[null]", "[[]]", '[{"name":null}]', '[{"name":5}]',
        '[{"name":"x","priceCents":"1"}]', '[{"name":"x","priceCents":1.0}]', '[{"name":"x","priceCents":1e30}]',
        '[{"name":"x","priceCents":-2147483647}]',
        '[{"name":"x","extra":' + "[" * 2000 + "]" * 2000 + "}]", '[{"name":"\\u202e\\u0001"}]',
        "[" + ",".join('{"name":"m"}' for _ in range(500)) + "]",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of one of the tables: its type as format_type() writes it."""

    table: str
    name: str
    kind: str
    values: tuple[str, ...]


async def read_columns(db: Any) -> list[Column]:
    """Every column that a writer may give any value; fails on a type for which this file has none."""
    rows = await db.fetch(
        """
        SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS kind,
          ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = a.atttypid) AS labels
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum""",
        TABLES,
    )
    return [
        Column(row["table"], row["name"], row["kind"], tuple(row["labels"]) or VALUES[row["kind"]])
        for row in rows
        if row["name"] not in KEYS
    ]


class Writer:
    """Writes such rows into one branch, through its own connection."""

    def __init__(self, db: Any, branch_id: str, columns: list[Column], seed: int) -> None:
        self._db = db
        self._branch_id = branch_id
        self._columns = columns
        self._chance = random.Random(seed)
        self.taken: list[str] = []
        self.refused = 0

    async def write(self) -> str:
        """Tries one row, as a new one or a change of one; what was tried, in words."""
        table = self._chance.choice(TABLES)
        there = [column for column in self._columns if column.table == table]
        chosen = self._chance.sample(there, self._chance.randint(1, min(3, len(there))))
        given = [(column, self._chance.choice(column.values)) for column in chosen]
        verb = self._chance.choice(("INSERT", "UPDATE"))
        tried = f"{verb} {table} " + ", ".join(f"{column.name} = {value[:60]!r}" for column, value in given)
        try:
            async with self._db.transaction():
                await (self._insert(table, given) if verb == "INSERT" else self._update(table, given))
        except asyncpg.PostgresError:
            self.refused += 1
        else:
            self.taken.append(tried)
        return tried

    async def _update(self, table: str, given: list[tuple[Column, str]]) -> None:
        changes = ", ".join(f"{column.name} = ${n}::text::{column.kind}" for n, (column, _) in enumerate(given, 2))
        victim = (
            "(SELECT id FROM orders WHERE branch_id = $1::text::uuid AND customer_name IS DISTINCT FROM 'spared'"
            " ORDER BY id LIMIT 1)"
        )
        which = {
            "branches": "id = $1::text::uuid",
            "orders": f"id = {victim}",
            "kots": f"order_id = {victim}",
            "order_items": f"order_id = {victim}",
            "menu_items": "id = (SELECT id FROM menu_items WHERE branch_id = $1::text::uuid ORDER BY id LIMIT 1)",
        }.get(table, "branch_id = $1::text::uuid")
        await self._db.execute(
            f"UPDATE {table} SET {changes} WHERE {which}", self._branch_id, *(value for _, value in given)
        )

    async def _insert(self, table: str, given: list[tuple[Column, str]]) -> None:
        if table == "branches":
            return  # another branch is nobody's row
        row = {"branch_id": f"'{self._branch_id}'"}
        if table in {"kots", "order_items"}:
            order_id = await self._db.fetchval(
                "INSERT INTO orders (branch_id) VALUES ($1::text::uuid) RETURNING id", self._branch_id
            )
            row = {"order_id": f"'{order_id}'"}
        if table == "order_items":
            kot_id = await self._db.fetchval("INSERT INTO kots (order_id) VALUES ($1) RETURNING id", order_id)
            row |= {"kot_id": f"'{kot_id}'", "name": "'Tea'"}
        row |= {
            "menu_items": {"name": "'Tea'", "price_cents": "100"},
            "stations": {"name": f"'S{self._chance.getrandbits(32)}'"},
            "age_thresholds": {"order_type": "'delivery'"},
        }.get(table, {})
        row |= {column.name: f"${n}::text::{column.kind}" for n, (column, _) in enumerate(given, 1)}
        await self._db.execute(
            f"INSERT INTO {table} ({', '.join(row)}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(row.values())})",
            *(value for _, value in given),
        )
