"""Boards as the demo's guests would fill them, and ugly ones: orders as the socket tells them, the same for a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from kds.demo.guests import Guests
from kds.demo.menu import MENU, STATIONS

JSON = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, 58, tzinfo=UTC)
TABLES = [f"T{number}" for number in range(1, 60)]

LONG = "Slow-roasted shoulder of lamb with seven spices and everything"
ARABIC = "دجاج مشوي مع صلصة الطحينة والثوم والبقدونس الطازج"
EMOJI = "🍕 Pizza 🔥 with 👨‍👩‍👧‍👦 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿 for the whole family 🎂🎂🎂"
FIVE = ["NO yoghurt", "ADD mint chutney", "EXTRA hot", "SWAP rice for a green salad", "Sauce on the side, please"]


def at(age_s: float) -> str:
    """A moment so long before `NOW`, as the server writes it."""
    return (NOW - timedelta(seconds=age_s)).isoformat().replace("+00:00", "Z")


def _menu() -> JSON:
    dishes = [
        {
            "menuItemId": dish.name,
            "available": dish.available,
            "allergens": list(dish.allergens),
            "modifiers": [{"name": name} for name, _ in dish.modifiers],
        }
        for dish in MENU
    ]
    return {"menuId": "m", "branchId": "b", "items": dishes}


STATION_OF = {dish.name: dish.station for dish in MENU}
ALLERGENS_OF = {dish.name: list(dish.allergens) for dish in MENU}


def order_of(number: int, lines: list[JSON], age_s: float, **more: Any) -> JSON:
    """An open order of these lines (name, quantity, modifiers, note, station), a KOT for each station."""
    name = f"o{number}"
    stations = list(dict.fromkeys(line["station"] for line in lines))
    status = more.get("status", "SENT")
    passed = {"readyAt": at(min(age_s, 130)) if status != "SENT" else None}
    kots = [
        {"kotId": f"{name}-{station}", "station": station, "round": 1, "status": status, "held": False,
         "recalled": False, "sentAt": at(age_s), "firedAt": None, "completedAt": None, **passed}
        for station in stations
    ]  # fmt: skip
    items = [
        {"itemId": f"{name}-{index}", "kotId": f"{name}-{line['station']}", "modifiers": [], "note": None,
         "allergens": ALLERGENS_OF.get(line["name"], []), "done": False, "voided": False, "acknowledged": False, **line}
        for index, line in enumerate(lines)
    ]  # fmt: skip
    order = {
        "orderId": name, "orderNumber": number, "table": "T1", "orderType": "dine_in", "customerName": None,
        "note": None, "priority": 0, "status": status, "acknowledged": False,
        "itemCount": sum(item["quantity"] for item in items), "placedAt": at(age_s), "completedAt": None,
        "cancelledAt": None, "totalCents": 100, "currency": "EUR", "items": items, "kots": kots, **passed,
    }  # fmt: skip
    if status == "COMPLETED":
        order["completedAt"] = at(age_s)
    return order | more


def demo_board(seed: int, count: int = 50, ready: int = 6, completed: int = 12) -> list[JSON]:
    """So many open orders of the demo's guests, the oldest 16 minutes old, beside the pass and what was completed."""
    guests, menu = Guests(Random(seed), TABLES), _menu()
    orders = []
    for index in range(count + ready + completed):
        body = guests.next_order(menu)
        lines = [
            {"name": line["menuItemId"], "station": STATION_OF[line["menuItemId"]], "quantity": line["quantity"],
             "modifiers": line["modifiers"], "note": line["note"]}
            for line in body["items"]
        ]  # fmt: skip
        status = "SENT" if index < count else "READY" if index < count + ready else "COMPLETED"
        more = {key: body[key] for key in ("table", "orderType", "customerName", "note")}
        age_s = (count - index) * 960 / count if index < count else 1000 + index * 40
        orders.append(order_of(190 + index, lines, age_s, status=status, **more))
    return orders


def ugly_board() -> list[JSON]:
    """60-character dishes, five modifiers, 40 lines, Arabic, emoji, long names of tables, voids, held, done, rounds."""

    def dish(name: str, quantity: int = 1, station: str = "Grill", **more: Any) -> JSON:
        return {"name": name, "quantity": quantity, "station": station, **more}

    def held(order: JSON) -> JSON:
        return order | {"kots": [kot | {"held": True} for kot in order["kots"]]}

    void = order_of(312, [dish("Chilli squid", 2, "Fry"), dish(LONG), dish("Garlic naan", 3)], 400)
    void["items"][0]["voided"] = void["items"][1]["voided"] = True
    done = order_of(313, [dish(name, 2) for name in ("Garlic naan", LONG, ARABIC, "Tikka")], 390)
    for item in done["items"][:3]:
        item["done"] = True
    rounds = order_of(314, [dish("Samosa", 4, "Fry"), dish("Raita", 1, "Cold")], 700)
    rounds["kots"][1] |= {"round": 2}
    rounds["kots"][0] |= {"status": "COMPLETED"}
    return [
        order_of(301, [dish(LONG, 3, modifiers=FIVE), dish(LONG[:60], 12, "Cold", note=LONG)], 900, note=LONG * 2),
        order_of(302, [dish(f"Dish {n} of a party of forty", n % 4 + 1, STATIONS[n % 3]) for n in range(40)], 800),
        order_of(303, [dish(f"{LONG} {n}"[:60], 2, STATIONS[n % 3], modifiers=FIVE) for n in range(10)], 790),
        order_of(304, [dish(ARABIC, 2, modifiers=["بدون بصل", "حار جدا"]), dish(ARABIC * 2, note=ARABIC)], 700,
                 table="شرفة ١٢", note=ARABIC),
        order_of(305, [dish(EMOJI, 2, modifiers=[EMOJI]), dish("🍕" * 30)], 650, table="🎂" * 12),
        order_of(306, [dish("W" * 60, 99, modifiers=["NO " + "W" * 40])], 640, table="W" * 40),
        order_of(307, [dish("Raita", 1000, "Cold")], 4000, orderType="takeaway", table="",
                 customerName="Wolfeschlegelsteinhausen"),
        order_of(308, [dish("Raita", 1, "Cold"), dish("Tikka", 2)], 300, orderType="delivery", table="",
                 customerName="Francesca", note="ALLERGY: " + "peanuts and tree nuts " * 4),
        order_of(309, [dish("Raita", 1, "Cold")], 100_000, note="ALLERGY: milk. Window seat", priority=1),
        void, done, rounds,
        held(order_of(315, [dish(LONG, 2), dish("Naan", 3)], 60, table="T7")),
        order_of(316, [dish("Tikka")], 600, status="CANCELLED"),
        *(order_of(320 + n, [dish("Tikka", 2), dish("Naan", 1, "Fry")], 50 - n, table=f"T{n}") for n in range(12)),
        *(order_of(340 + n, [dish("Tikka")], 900, status="READY", table="Terrace by the river") for n in range(9)),
        *(order_of(360 + n, [dish("Tikka")], 900, status="COMPLETED", table="Terrace by the river") for n in range(14)),
    ]  # fmt: skip
