"""Which keys the tables must have: a table restored without them takes a row twice, and ON CONFLICT finds nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

KEYS = {
    "age_thresholds": "age_thresholds_pkey age_thresholds_branch_fkey",
    "batching": "batching_pkey",
    "batching_flips": "batching_flips_pkey",
    "branches": "branches_pkey",
    "deployment": "deployment_pkey",
    "dish_stock": "dish_stock_pkey dish_stock_dish_fkey",
    "event_floors": "event_floors_pkey",
    "events": "events_pkey events_once_per_transaction",
    "forgetting": "forgetting_pkey forgetting_branch_fkey",
    "idempotency_keys": "idempotency_keys_pkey idempotency_keys_branch_fkey",
    "kitchen_actions": "kitchen_actions_pkey kitchen_actions_once",
    "kots": "kots_pkey kots_id_order_key kots_order_fkey kots_order_station_round_course_key",
    "menu_items": "menu_items_pkey menu_items_branch_fkey menu_items_id_branch_name_key menu_items_station_fkey",
    "order_items": "order_items_pkey order_items_kot_fkey",
    "orders": "orders_pkey orders_branch_fkey orders_external_key orders_number_key",
    "revocations": "revocations_pkey",
    "schema_migrations": "schema_migrations_pkey",
    "staff": "staff_pkey staff_branch_fkey staff_username_key",
    "staff_changes": "staff_changes_pkey",
    "staff_links": "staff_links_pkey staff_links_token_key",
    "staff_members": "staff_members_pkey staff_members_branch_fkey",
    "staff_sessions": "staff_sessions_pkey",
    "stations": "stations_pkey stations_branch_fkey",
    "table_codes": "table_codes_pkey table_codes_branch_fkey",
    "ws_connections": "ws_connections_pkey ws_connections_branch_fkey",
}
"""The primary keys, unique constraints, unique indexes and foreign keys of schema.sql, by their tables."""


def lost_keys(rows: list[Any], *, whole: bool) -> list[str]:
    """Which of the keys are not among those that read_keys has found: `orders_pkey on orders`.

    Not `whole`: of an older schema, whose tables and further keys may be others.
    """
    found = {(row["table_name"], row["key_name"]) for row in rows}
    tables = {table for table, _ in found}
    return [
        f"{key} on {table}"
        for table, keys in KEYS.items()
        for key in keys.split()
        if (table, key) not in found and (whole or (table in tables and key.endswith("_pkey")))
    ]


async def read_lost_keys(connection: Any, sql: SimpleNamespace, *, whole: bool) -> list[str]:
    """As lost_keys, of this database."""
    return lost_keys(await connection.fetch(sql.read_keys), whole=whole)
