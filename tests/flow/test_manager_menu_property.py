"""Whatever a manager sends as a dish is taken or refused in words, and everybody who reads the menu still can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kds.commands.menu.file import list_menu
from kds.manager.menu.answers import ManagedDish, ManagedMenu
from kds.postgres.statements import load_statements
from tests.flow.test_manager_menu import Office, guests_menu
from tests.flow.test_manager_menu import office as office
from tests.texts import texts

PROPERTY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ODD = ["", " ", "x" * 101, "x" * 501, "x" * 5_001, "\0", "half \ud83d", "=1+1", "𠮷" * 500, '"' * 100, "\u00a0"]
TEXTS = texts(60) | st.sampled_from(ODD)
NUMBERS = st.integers(-5_000, 5_000) | st.sampled_from(
    [-(2**31), -(2**31) + 1, 2**31 - 1, 2**31, 2**63, 2**64, -(2**64), 10**30, 7_201]
)
MODIFIER = st.fixed_dictionaries({"name": TEXTS}, optional={"priceCents": NUMBERS})
FIELDS: dict[Any, Any] = {
    "name": TEXTS,
    "section": TEXTS,
    "priceCents": st.integers(0, 5_000) | NUMBERS,
    "description": TEXTS,
    "station": st.none() | st.sampled_from(["Grill", "grill", " FRY "]) | TEXTS,
    "allergens": st.lists(TEXTS, max_size=3) | st.just(["milk"] * 101),
    "modifiers": st.lists(MODIFIER, max_size=3) | st.just([{"name": str(each)} for each in range(101)]),
    "prepS": st.none() | st.integers(0, 7_200) | NUMBERS,
    "course": st.none() | st.integers(1, 99) | NUMBERS,
    "available": st.booleans(),
}
REQUIRED = ("name", "section", "priceCents")
OPTIONAL = {field: values for field, values in FIELDS.items() if field not in REQUIRED}
NEW = st.fixed_dictionaries({field: FIELDS[field] for field in REQUIRED}, optional=OPTIONAL)
EDITS = st.fixed_dictionaries({}, optional=FIELDS)


def leaves(value: Any) -> Iterator[Any]:
    """All texts and numbers of it."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    elif value is not None:
        yield value


def expected(fields: dict[str, Any]) -> tuple[int, str]:
    """The status of a refusal, and its code where the body alone says it: parse() of kds/web/requests.py."""
    texts = [each for each in leaves(fields) if isinstance(each, str)]
    sizes = [abs(each) for each in leaves(fields) if not isinstance(each, str)]
    is_text = not any(each == "\0" or "\ud800" <= each <= "\udfff" for text in texts for each in text)
    if not is_text or max(sizes, default=0) >= 2**64:
        return 400, "malformed"
    return 422, "unprocessable" if max(sizes, default=0) > 2**53 else ""


async def send(office: Office, method: str, path: str, fields: dict[str, Any]) -> ManagedDish | None:
    """The dish that was made of it; None when it was refused, in words."""
    status, told = await office.ask(method, path, fields)
    event(f"{method} {status} {told['error']['code'] if status >= 400 else ''}")
    if status < 400:
        assert status == (201 if method == "POST" else 200)
        return msgspec.convert(told, ManagedDish)
    at_once = expected(fields)
    assert status == at_once[0] and at_once[1] in {"", told["error"]["code"]}, (fields, told)
    assert told["error"]["message"].endswith((".", "`")), told
    if not at_once[1]:
        assert told["field"] in fields or (told["field"], told["error"]["code"]) == ("modifiers", "below_zero")
    return None


async def read_by_all(office: Office, db: Any) -> list[Any]:
    """The ids, as managers, guests and kds menu list read them."""
    status, told = await office.ask("GET")
    assert status == 200
    menu = msgspec.convert(told, ManagedMenu)
    ids = [dish.menuItemId for dish in menu.dishes]
    items = await guests_menu(office)
    assert [UUID(item["menuItemId"]) for item in items] == ids
    assert [item["name"] for item in items] == [dish.name for dish in menu.dishes]
    rows = await db.fetch(load_statements().read_menu, UUID(office.branch_id))
    dishes = [{**row, "available": row["is_offered"], "modifiers": json.loads(row["modifiers"])} for row in rows]
    assert list_menu(dishes, menu.currency, menu.stations).startswith("name,")
    return ids


@PROPERTY
@given(new=NEW, edits=st.lists(EDITS, max_size=3))
async def test_any_dish_is_taken_or_refused_and_the_menu_is_read(
    office: Office, db: Any, new: dict[str, Any], edits: list[dict[str, Any]]
) -> None:
    dish = await send(office, "POST", "", new)
    for edit in edits:
        for dish_id in (await read_by_all(office, db))[-2:]:
            changed = await send(office, "PATCH", f"/{dish_id}", edit)
            assert changed is None or changed.menuItemId == dish_id
    ids = await read_by_all(office, db)
    assert dish is None or dish.menuItemId in ids
    assert await office.ask("PUT", "/order", {"menuItemIds": [str(each) for each in reversed(ids)]}) == (200, {})
    assert await read_by_all(office, db) == ids[::-1]
