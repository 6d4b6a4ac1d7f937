"""What "Via Masala" cooks: the stations and dishes of the demo restaurant, in menu order."""

from __future__ import annotations

from dataclasses import dataclass

STATIONS = ("Grill", "Fry", "Cold")


@dataclass(frozen=True)
class Dish:
    """One line of the menu; `modifiers` are names and what each adds, in cents."""

    section: str
    name: str
    station: str
    price_cents: int
    description: str
    allergens: tuple[str, ...] = ()
    modifiers: tuple[tuple[str, int], ...] = ()
    available: bool = True


NO_YOGHURT = ("NO yoghurt", 0)
NO_CORIANDER = ("NO coriander", 0)
MILD = ("MILD", 0)
EXTRA_HOT = ("EXTRA hot", 0)
ADD_CHILLI_OIL = ("ADD chilli oil", 100)
ADD_PANEER = ("ADD paneer", 250)
NO_ICE = ("NO ice", 0)

MENU = (
    Dish(
        "Small plates",
        "Vegetable samosa",
        "Fry",
        550,
        "Two crisp parcels of potato and pea, tamarind on the side",
        ("gluten", "mustard"),
        (NO_CORIANDER, ("ADD mint chutney", 80)),
    ),
    Dish(
        "Small plates",
        "Onion bhaji",
        "Fry",
        500,
        "Red onion in chickpea batter, fried to order",
        (),
        (("NO chutney", 0), ADD_CHILLI_OIL),
    ),
    Dish(
        "Small plates",
        "Chilli squid",
        "Fry",
        850,
        "Squid rings, curry leaf, lime and green chilli",
        ("molluscs", "gluten"),
        (MILD, EXTRA_HOT, ("ADD aioli", 80)),
    ),
    Dish(
        "Small plates",
        "Burrata and charred aubergine",
        "Cold",
        1050,
        "Pugliese burrata on smoked aubergine with cumin oil",
        ("milk",),
        (ADD_CHILLI_OIL, ("NO pine nuts", 0)),
    ),
    Dish(
        "Small plates",
        "Bhel puri",
        "Cold",
        650,
        "Puffed rice, peanuts, pomegranate and tamarind",
        ("peanuts", "gluten", "soya"),
        (("NO peanuts", 0), NO_CORIANDER),
    ),
    Dish(
        "Small plates",
        "Prawn cocktail puri",
        "Cold",
        900,
        "Chilled prawns in crisp shells with a masala dressing",
        ("crustaceans", "eggs", "gluten", "fish"),
        (MILD,),
        available=False,
    ),
    Dish(
        "Grill",
        "Chicken tikka",
        "Grill",
        1450,
        "Thigh marinated overnight in yoghurt and Kashmiri chilli",
        ("milk", "mustard"),
        (NO_YOGHURT, EXTRA_HOT, ADD_CHILLI_OIL),
    ),
    Dish(
        "Grill",
        "Lamb seekh kebab",
        "Grill",
        1650,
        "Hand-minced lamb, ginger and mint on the skewer",
        ("milk",),
        (NO_YOGHURT, NO_CORIANDER, ("ADD naan", 300)),
    ),
    Dish(
        "Grill",
        "Tandoori king prawns",
        "Grill",
        1950,
        "Five prawns in the shell with ajwain and lemon",
        ("crustaceans", "milk"),
        (NO_YOGHURT, MILD, ADD_CHILLI_OIL),
    ),
    Dish(
        "Grill",
        "Paneer tikka",
        "Grill",
        1350,
        "Paneer, peppers and red onion from the coals",
        ("milk", "mustard"),
        (EXTRA_HOT, ADD_CHILLI_OIL),
    ),
    Dish(
        "Grill",
        "Sea bass in banana leaf",
        "Grill",
        2100,
        "Whole fillet with coconut, coriander and green chilli",
        ("fish", "mustard"),
        (NO_CORIANDER, MILD),
    ),
    Dish(
        "Grill",
        "Masala rib-eye, 250 g",
        "Grill",
        2650,
        "Dry-aged beef, black pepper butter",
        ("milk",),
        (("RARE", 0), ("MEDIUM", 0), ("WELL DONE", 0), ("NO butter", 0)),
    ),
    Dish(
        "Grill",
        "Quail with fennel",
        "Grill",
        1850,
        "Spatchcocked quail, fennel seed, blood orange",
        ("celery",),
        (MILD,),
        available=False,
    ),
    Dish(
        "Sides",
        "Garlic naan",
        "Grill",
        380,
        "From the clay oven, brushed with garlic butter",
        ("gluten", "milk"),
        (("NO butter", 0), ("ADD cheese", 150)),
    ),
    Dish("Sides", "Roomali roti", "Grill", 320, "Thin as a handkerchief", ("gluten",)),
    Dish(
        "Sides",
        "Masala fries",
        "Fry",
        480,
        "Twice-fried, chaat masala",
        (),
        (("NO salt", 0), ("ADD aioli", 80)),
    ),
    Dish(
        "Sides",
        "Okra fries",
        "Fry",
        580,
        "Okra in gram flour, dry mango powder",
        ("mustard",),
        (ADD_CHILLI_OIL,),
    ),
    Dish("Sides", "Cucumber raita", "Cold", 350, "Yoghurt, cucumber, roasted cumin", ("milk",)),
    Dish(
        "Sides",
        "Kachumber salad",
        "Cold",
        450,
        "Tomato, cucumber and onion with lime",
        (),
        (("NO onion", 0), ADD_PANEER),
    ),
    Dish(
        "Sweet",
        "Gulab jamun tiramisù",
        "Cold",
        750,
        "Espresso, mascarpone, cardamom dumplings",
        ("milk", "eggs", "gluten"),
        (("NO cocoa", 0),),
    ),
    Dish(
        "Sweet",
        "Pistachio kulfi",
        "Cold",
        600,
        "Slow-churned, salted pistachios",
        ("milk", "nuts"),
        (("NO nuts on top", 0),),
    ),
    Dish(
        "Sweet",
        "Jalebi",
        "Fry",
        550,
        "Fried to order in saffron syrup",
        ("gluten",),
        (("ADD vanilla ice cream", 200),),
    ),
    Dish("Drinks", "Mango lassi", "Cold", 450, "Alphonso mango and yoghurt", ("milk",), (("NO sugar", 0), NO_ICE)),
    Dish("Drinks", "Masala chai", "Cold", 350, "Brewed with ginger and clove", ("milk",), (("OAT milk", 50),)),
    Dish("Drinks", "Fresh lime soda", "Cold", 400, "Sweet or salted", (), (("SALTED", 0), ("NO sugar", 0), NO_ICE)),
    Dish("Drinks", "Lager, 0.4 l", "Cold", 520, "From the tap", ("gluten",)),
)
