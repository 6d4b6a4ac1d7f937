"""The simulated guests and cooks decide by pure rules: what is ordered, and which ticket is touched next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from kds.demo.cooks import FORGOTTEN_S, Cooks
from kds.demo.expo import Expo
from kds.demo.guests import Guests

PLACED = datetime(2030, 1, 1, 19, 0, tzinfo=UTC)
SOLD_OUT = "sold-out"
MENU: dict[str, Any] = {
    "branchId": "b1",
    "items": [
        {
            "menuItemId": f"dish-{number}",
            "available": True,
            "allergens": ["milk"] if number % 2 else ["peanuts"],
            "modifiers": [{"name": "MILD"}, {"name": "EXTRA hot"}, {"name": "ADD chilli oil"}],
        }
        for number in range(12)
    ]
    + [{"menuItemId": SOLD_OUT, "available": False, "allergens": [], "modifiers": []}],
}


def orders(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """What guests order from the menu above."""
    guests = Guests(Random(seed), ("T1", "T2"))
    return [guests.next_order(MENU) for _ in range(count)]


def open_order(**changes: Any) -> dict[str, Any]:
    """An order with one KOT of two items, placed at PLACED."""
    items = [{"itemId": f"i{n}", "kotId": "k1", "done": False, "voided": False} for n in (1, 2)]
    kot = {"kotId": "k1", "status": "SENT", "sentAt": PLACED.isoformat()}
    order = {"orderId": "o1", "status": "SENT", "placedAt": PLACED.isoformat(), "readyAt": None}
    return {**order, "kots": [kot], "items": items, **changes}


def after(seconds: float) -> datetime:
    """A moment that long after PLACED."""
    return PLACED + timedelta(seconds=seconds)


def test_the_same_seed_orders_the_same() -> None:
    assert orders(50) == orders(50)
    assert orders(50) != orders(50, seed=2)


def test_guests_order_nothing_that_is_sold_out() -> None:
    assert all(line["menuItemId"] != SOLD_OUT for order in orders(300) for line in order["items"])


def test_guests_with_an_allergy_order_no_dish_that_contains_it() -> None:
    allergens = {dish["menuItemId"]: dish["allergens"] for dish in MENU["items"]}
    allergic = [order for order in orders(500) if (order["note"] or "").startswith("ALLERGY: ")]
    assert allergic
    for order in allergic:
        avoided = order["note"].removeprefix("ALLERGY: ").removesuffix(".")
        assert all(avoided not in allergens[line["menuItemId"]] for line in order["items"])


def test_an_order_has_a_table_or_a_name_and_modifiers_that_go_together() -> None:
    for order in orders(300):
        assert bool(order["table"]) == (order["orderType"] == "dine_in")
        assert order["table"] or order["customerName"]
        for line in order["items"]:
            assert not {"MILD", "EXTRA hot"} <= set(line["modifiers"])


def test_the_cooks_bump_items_then_the_kot_then_the_fetched_order() -> None:
    cooks = Cooks()
    cooks.adopt(["o1"])
    order = open_order()
    taps = []
    while (step := cooks.next_step([order], after(700))) is not None:
        taps.append((step.path, step.body))
        for item in order["items"]:
            item["done"] = item["done"] or step.path.endswith(item["itemId"])
        if step.path.endswith("/kot/k1/status"):
            order["kots"][0]["status"] = order["status"] = "READY"
            order["readyAt"] = after(600).isoformat()
    assert taps == [
        ("/kitchen/order/o1/item/i1", {"done": True}),
        ("/kitchen/order/o1/item/i2", {"done": True}),
        ("/kitchen/kot/k1/status", {"status": "READY", "from": "SENT"}),
        ("/kitchen/order/o1/status", {"status": "COMPLETED", "from": "READY"}),
    ]


def test_the_cooks_touch_nothing_that_was_just_placed() -> None:
    cooks = Cooks()
    cooks.adopt(["o1"])
    assert cooks.next_step([open_order()], after(5)) is None


def test_the_cooks_leave_the_orders_of_others_alone_until_they_are_forgotten() -> None:
    assert Cooks().next_step([open_order()], after(FORGOTTEN_S - 1)) is None
    assert Cooks().next_step([open_order()], after(FORGOTTEN_S + 1)) is not None


def test_the_cooks_do_not_repeat_what_somebody_took_back() -> None:
    cooks = Cooks()
    cooks.adopt(["o1"])
    steps = [cooks.next_step([open_order()], after(700)) for _ in range(4)]
    assert [step.path for step in steps if step is not None] == [
        "/kitchen/order/o1/item/i1",
        "/kitchen/order/o1/item/i2",
        "/kitchen/kot/k1/status",
    ]


def test_a_held_kot_is_not_cooked_and_counts_from_its_firing() -> None:
    cooks = Cooks()
    cooks.adopt(["o1"])
    held = {**open_order()["kots"][0], "held": True}
    assert cooks.next_step([open_order(kots=[held])], after(800)) is None
    fired = {**held, "held": False, "firedAt": after(800).isoformat()}
    assert cooks.next_step([open_order(kots=[fired])], after(801)) is None
    assert cooks.next_step([open_order(kots=[fired])], after(1600)) is not None


def test_expo_does_each_thing_to_a_few_and_once() -> None:
    evening = [open_order(orderId=f"o{number}") for number in range(400)]
    expo = Expo()
    done: list[str] = []
    for second in (5, 30, 50, 200):
        while (step := expo.next_step(evening, after(second))) is not None:
            done.append(f"{step.path.rpartition('/')[2]} {step.body}")
    for kind in ("hold {'held': True}", "priority {'priority': 1}", "void {}"):
        assert 5 <= done.count(kind) <= 40, kind
    assert done.count("hold {'held': False}") == 0  # they were never seen to be held


def test_what_is_held_is_fired_and_what_is_void_is_seen() -> None:
    expo = Expo()
    evening = [open_order(orderId=f"o{number}") for number in range(400)]
    while (step := expo.next_step(evening, after(5))) is not None:
        held = step.path.split("/")[3]
    order = open_order(orderId=held, kots=[{**open_order()["kots"][0], "held": True}])
    fire = expo.next_step([order], after(130))
    assert fire is not None
    assert fire.body == {"held": False}
    voids = [step for step in iter(lambda: expo.next_step(evening, after(60)), None) if step.path.endswith("/void")]
    item = {"itemId": "i2", "kotId": "k1", "done": False, "voided": True}
    order = open_order(orderId=voids[0].path.split("/")[3], items=[open_order()["items"][0], item])
    steps = iter(lambda: expo.next_step([order], after(80)), None)
    assert [step.path.rpartition("/")[2] for step in steps][-1:] == ["acknowledge"]
