"""The restaurant of the demo and of the tests: branch, stations, menu, tables, staff; loaded as often as you like."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kds.demo.menu import MENU, STATIONS, Dish
from kds.postgres.connect import connect
from kds.web.login.passwords import hash_password

NAME = "Via Masala"
LOCALITY = "Riverside"
TIMEZONE = "Europe/Rome"
CURRENCY = "EUR"
TABLES = tuple(f"T{number}" for number in range(1, 11))
RUSH_TABLES = tuple(f"T{number}" for number in range(1, 151))


@dataclass(frozen=True)
class Login:
    """A member of staff, with a password everybody may know."""

    username: str
    password: str
    role: str


CHEF = Login("chef", "chef-demo", "KITCHEN")
MANAGER = Login("manager", "manager-demo", "MANAGER")
OWNER = Login("owner", "owner-demo", "OWNER")
PICKUP = Login("pickup", "pickup-demo", "PICKUP")

BRANCH_ID = uuid.uuid5(uuid.NAMESPACE_URL, "https://kds.example/demo/via-masala")
"""The same on every machine, so that a bookmark of the order page survives --reset."""

CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Restaurant:
    """Where the demo takes place."""

    branch_id: UUID
    tables: tuple[str, ...]


async def load_restaurant(dsn: str, *, is_rush: bool = False) -> Restaurant:
    """Puts the restaurant into a migrated database; leaves alone what is there already, edits too.

    For a rush it opens more tables, signs them, and takes a second order at one as a round of the first; takeaway and
    delivery, which have no table's link, stay allowed unless somebody decided otherwise.

    Raises:
        CONNECTION_ERRORS: there is no server.
    """
    connection = await connect(dsn, "kds-demo", timeout_s=CONNECT_TIMEOUT_S)
    try:
        async with connection.transaction():
            await _load_branch(connection)
            if is_rush:
                await connection.execute(
                    "UPDATE branches SET requires_table_token = true, adds_rounds = true,"
                    " public_order_types = coalesce(public_order_types, enum_range(NULL::order_type)) WHERE id = $1",
                    BRANCH_ID,
                )
            await _load_menu(connection)
            await _load_staff(connection)
    finally:
        await connection.close()
    return Restaurant(BRANCH_ID, RUSH_TABLES if is_rush else TABLES)


async def _load_branch(connection: Any) -> None:
    await connection.execute(
        "INSERT INTO branches (id, name, locality, timezone, currency, pickup_names) VALUES ($1, $2, $3, $4, $5, true)"
        " ON CONFLICT DO NOTHING",
        BRANCH_ID,
        NAME,
        LOCALITY,
        TIMEZONE,
        CURRENCY,
    )
    await connection.executemany(
        "INSERT INTO stations (branch_id, name, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(BRANCH_ID, station, position) for position, station in enumerate(STATIONS, 1)],
    )


async def _load_menu(connection: Any) -> None:
    await connection.executemany(
        "INSERT INTO menu_items (id, branch_id, name, description, section, station, price_cents, available,"
        " allergens, modifiers, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT DO NOTHING",
        [_menu_row(position, dish) for position, dish in enumerate(MENU, 1)],
    )


def _menu_row(position: int, dish: Dish) -> tuple[object, ...]:
    modifiers = [{"name": name, "priceCents": price_cents} for name, price_cents in dish.modifiers]
    return (
        uuid.uuid5(BRANCH_ID, dish.name),
        BRANCH_ID,
        dish.name,
        dish.description,
        dish.section,
        dish.station,
        dish.price_cents,
        dish.available,
        list(dish.allergens),
        json.dumps(modifiers),
        position,
    )


async def _load_staff(connection: Any) -> None:
    for login in (CHEF, MANAGER, OWNER, PICKUP):
        # asked first, for a hash is slow to make and would be thrown away
        if await connection.fetchval("SELECT true FROM staff WHERE username = $1", login.username):
            continue
        await connection.execute(
            "INSERT INTO staff (id, branch_id, username, password_hash, role) VALUES ($1, $2, $3, $4, $5::staff_role)"
            " ON CONFLICT DO NOTHING",
            uuid.uuid5(BRANCH_ID, login.username),
            BRANCH_ID,
            login.username,
            hash_password(login.password),
            login.role,
        )
