"""The scenes: which kitchen, how large a screen, which layout, and what happens before the picture is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.looks.kitchen import Dish, Kitchen, Order

LARGE, SMALL, TABLET = (1920, 1080), (1280, 800), (800, 1280)
MARKUP = "<img src=x onerror=alert(1)>"
LONG = "Slow-roasted shoulder of lamb with seven spices, preserved lemon and everything else " * 3


def service() -> Kitchen:
    """An evening: rush, late, due, on time, recalled, a void, an add-on, held, four on the pass, twelve completed."""
    return Kitchen([*SENT, *READY, *_completed()])


SENT = (
    Order(197, "T7", 185, [
        Dish("Tikka skewer", quantity=3, modifiers=("NO yoghurt",)), Dish("Masala fries", "Fry")], priority=1),
    Order(187, "T12", 761, [
        Dish("Chicken tikka", quantity=2, modifiers=("NO yoghurt", "SWAP rice for salad")),
        Dish("Tagliata", note="Medium rare"), Dish("Arancini", "Fry", 2, done=True),
        Dish("Burrata", "Cold", modifiers=("ADD tamarind",))], note="ALLERGY: nuts. Birthday, send mains together"),
    Order(189, "T4", 608, [
        Dish("Sea bass", note="Skin crisp"), Dish("Lamb seekh", quantity=2), Dish("Kachumber", "Cold")]),
    Order(191, "", 516, [
        Dish("Paneer tikka", quantity=2), Dish("Calamari", "Fry", voided=True), Dish("Garlic naan", quantity=2)],
        type="takeaway", customer="Ana"),
    Order(192, "T15", 440, [
        Dish("Lamb chops", note="Well done, cut in two"), Dish("Caprese", "Cold", done=True)], recalled=True),
    Order(194, "T9", 348, [
        Dish("Burrata", "Cold", 2), Dish("Lamb seekh", quantity=2),
        Dish("Samosa", "Fry", 2, round=2), Dish("Raita", "Cold", modifiers=("ADD mint",), round=2)],
        served_rounds=(1,)),
    Order(196, "Bike 2", 211, [
        Dish("Tandoori pizza"), Dish("Onion bhaji", "Fry", 3), Dish("Panna cotta", "Cold", 2, note="Lids on")],
        type="delivery", note="ALLERGY: dairy"),
    Order(198, "T2", 114, [Dish("Burrata", "Cold"), Dish("Arancini", "Fry", 2, modifiers=("ADD chilli oil",))]),
    Order(199, "T21", 100, [Dish("Chicken tikka", quantity=4), Dish("Garlic naan", quantity=4)],
        note="Fire when starters clear", held=True),
)  # fmt: skip
READY = (
    Order(184, "T3", 800, [Dish("Lamb seekh", quantity=2), Dish("Raita", "Cold")], status="READY", pass_s=130),
    Order(186, "", 770, [Dish("Tagliata", note="Rare")], type="takeaway", customer="Luca", status="READY", pass_s=65),
    Order(188, "T6", 660, [Dish("Samosa", "Fry", 2), Dish("Caprese", "Cold")], status="READY", pass_s=44),
    Order(190, "T11", 570, [Dish("Sea bass", quantity=2)], note="ALLERGY: shellfish", status="READY", pass_s=12),
)


def _completed() -> list[Order]:
    tables = ("T8", "Priya", "T1", "T14", "T5", "Bike 1", "T17", "Omar", "T3", "T20", "T9", "T2", "T13", "T4")
    return [
        Order(
            183 - place if place else 185,
            table,
            1500,
            [Dish("Raita", "Cold")],
            status="COMPLETED",
            pass_s=60 + place * 130,
        )
        for place, table in enumerate(tables)
    ]


def line() -> Kitchen:
    """What the grill sees: fourteen tickets, one too long for a cell."""
    grill = [
        Order(219, "T7", 65, [Dish("Tikka skewer", quantity=3, modifiers=("NO yoghurt",)), Dish("Fries", "Fry")],
              priority=1),
        Order(208, "T12", 686, [
            Dish("Chicken tikka", quantity=2, modifiers=("NO yoghurt",)), Dish("Tagliata", note="Medium rare"),
            Dish("Lamb seekh")], note="ALLERGY: nuts"),
        Order(209, "T4", 608, [Dish("Sea bass", note="Skin crisp"), Dish("Lamb seekh", quantity=2), COLD]),
        Order(210, "", 516, [Dish("Paneer tikka", quantity=2), Dish("Garlic naan", quantity=2)], type="takeaway",
              customer="Ana"),
        Order(212, "T15", 440, [Dish("Lamb chops", note="Well done"), COLD], recalled=True),
        Order(213, "T9", 348, [Dish("Raita", "Grill"), Dish("Lamb seekh", round=2),
              Dish("Garlic naan", quantity=2, round=2)], served_rounds=(1,)),
        Order(215, "Bike 2", 250, [Dish("Tandoori pizza"), Dish("Bhaji", "Fry"), COLD], type="delivery",
              note="ALLERGY: dairy"),
        Order(216, "T18", 160, [
            Dish("Chicken tikka", quantity=2), Dish("Garlic naan", modifiers=("NO butter",)), COLD]),
        Order(217, "T10", 114, [Dish("Tagliata", note="Rare"), COLD]),
        Order(218, "T11", 90, [Dish("Chicken tikka", quantity=2), Dish("Sea bass")]),
        Order(220, "T1", 50, [Dish("Garlic naan", quantity=2)]),
        Order(221, "T2", 20, [Dish("Tagliata"), Dish("Lamb seekh")]),
    ]  # fmt: skip
    return Kitchen([*grill, *_completed()])


COLD = Dish("Kachumber", "Cold")


def long_ticket() -> Kitchen:
    """A party of twenty: one ticket that no lane holds."""
    dishes = [
        Dish(f"{name} {number}", quantity=number % 3 + 1) for number in range(1, 9) for name in ("Tikka", "Seekh")
    ]
    return Kitchen([Order(301, "T20", 400, dishes, note="ALLERGY: sesame. All together"), *SENT[:3]])


def odd_names() -> Kitchen:
    """Markup, emoji, right-to-left text and 200 characters, everywhere a guest or a menu can put them."""
    return Kitchen(
        [
            Order(401, MARKUP[:40], 65, [Dish(MARKUP, note=MARKUP, modifiers=(f"NO {MARKUP}",))], note=MARKUP),
            Order(402, "שולחן ארבע", 350, [Dish("חומוס עם טחינה", note="בלי בצל"), Dish("🍕 Pizza 🔥", "Fry")]),
            Order(403, "W" * 40, 700, [Dish("W" * 200, note="n" * 200), Dish(LONG[:200], "Cold", 99)], note=LONG[:200]),
            Order(404, "", 30, [Dish("Raita", "Cold")], type="takeaway", customer="\u202eevil name " + "x" * 80),
            Order(405, "T1", 640, [Dish("Raita", "Cold")], note="allergy: " + "peanuts and tree nuts " * 6),
        ],
        name="The Extraordinarily Long-Named Restaurant by the Riverside Station",
        locality="A locality whose name does not end so soon",
        stations=(*Kitchen().stations, "Pastry and desserts", "Wood oven"),
    )


def many() -> Kitchen:
    """Sixty open tickets: pages."""
    return Kitchen(
        [
            Order(500 + number, f"T{number}", 20 + number * 12, [
                Dish("Chicken tikka", quantity=number % 3 + 1), Dish("Garlic naan"), Dish("Samosa", "Fry")])
            for number in range(1, 61)
        ]
    )  # fmt: skip


def cancelled() -> Kitchen:
    """A whole order taken back."""
    return Kitchen([Order(601, "T6", 320, [Dish("Sea bass", quantity=2), COLD], status="CANCELLED"), *SENT[2:5]])


@dataclass(frozen=True)
class Scene:
    """One picture. `settings` are those of the device; `keys` are pressed; `before` says what befalls the server."""

    name: str
    kitchen: str
    size: tuple[int, int]
    settings: dict[str, Any] = field(default_factory=dict)
    keys: Sequence[str] = ()
    before: str = ""


KITCHENS = {
    "service": service, "line": line, "long": long_ticket, "odd": odd_names, "many": many, "cancelled": cancelled,
    "empty": Kitchen,
}  # fmt: skip

_GRID = {"layout": "grid", "station": "Grill"}
_LIGHT = {"theme": "light"}
_EXPO = {"isExpo": True}
SIZES = (("1920", LARGE), ("1280", SMALL), ("800", TABLET))

SCENES = (
    *(Scene(f"columns-{name}", "service", size, keys="2") for name, size in SIZES),
    *(Scene(f"columns-light-{name}", "service", size, _LIGHT, keys="2") for name, size in SIZES),
    *(Scene(f"grid-{name}", "line", size, _GRID, keys="4") for name, size in SIZES),
    Scene("grid-light-1280", "line", SMALL, {**_GRID, **_LIGHT}, keys="4"),
    *(Scene(f"expo-{name}", "service", size, _EXPO, keys="1") for name, size in SIZES),
    Scene("expo-light-1280", "service", SMALL, {**_EXPO, **_LIGHT}, keys="1"),
    Scene("station-1280", "service", SMALL, {"station": "Fry"}, keys="1"),
    Scene("station-800", "service", TABLET, {"station": "Grill"}),
    *(Scene(f"all-day-{name}", "service", size, {"isAllDay": True}) for name, size in SIZES),
    *(Scene(f"offline-{name}", "service", size, keys="2", before="offline") for name, size in SIZES),
    Scene("offline-light-1280", "service", SMALL, _LIGHT, keys="2", before="offline"),
    Scene("catching-up-1280", "service", SMALL, before="catching up"),
    *(Scene(f"long-ticket-{name}", "long", size) for name, size in SIZES),
    Scene("long-ticket-grid-1280", "long", SMALL, {"layout": "grid"}),
    *(Scene(f"odd-names-{name}", "odd", size) for name, size in SIZES),
    Scene("odd-names-grid-1280", "odd", SMALL, {"layout": "grid"}),
    Scene("odd-names-expo-1280", "odd", SMALL, _EXPO),
    *(Scene(f"many-{name}", "many", size) for name, size in SIZES),
    Scene("many-grid-1280", "many", SMALL, {"layout": "grid"}, keys=("PageDown",)),
    Scene("cancelled-1280", "cancelled", SMALL),
    Scene("items-1280", "service", SMALL, keys=("2", "i")),
    Scene("earlier-1280", "service", SMALL, keys=("l",)),
    Scene("options-1280", "service", SMALL, keys=("o",)),
    Scene("options-800", "service", TABLET, keys=("o",)),
    Scene("sound-blocked-1280", "service", SMALL, {"sounds": True}),
    Scene("zoom-150-1280", "service", SMALL, {"zoom": 1.5}),
    Scene("zoom-150-grid-1920", "line", LARGE, {**_GRID, "zoom": 1.5}),
    Scene("zoom-80-1280", "service", SMALL, {"zoom": 0.75}),
    *(Scene(f"empty-{name}", "empty", size) for name, size in SIZES),
    Scene("empty-light-1280", "empty", SMALL, _LIGHT),
)
