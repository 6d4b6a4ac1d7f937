"""What a till tells of an order beyond its dishes, on tickets: its name, who serves it, paid or not, parts, refires."""

from __future__ import annotations

from .conftest import Ask

VIEW = """
const { ticketView } = await load("kitchen/state/ticket/ticket-view");
const { faultOf } = await load("kitchen/state/orders/order-shape");
const { allDay } = await load("kitchen/state/board/all-day");
"""


async def test_a_ticket_is_called_as_the_guests_receipt_and_names_whom_to_ask(ask: Ask) -> None:
    told = await ask(
        VIEW
        + """
        const facts = { displayNumber: "A-17", serverName: "Anna", covers: 4, paidAt: "2026-01-01T12:00:00Z" };
        const view = ticketView(order("a", { ...facts, priority: 2 }), null);
        const plain = ticketView(order("b"), null);
        const isNumbered = plain.number === order("b").orderNumber;
        const long = ticketView(order("c", { displayNumber: "ORDER 2026-11-29 001" }), null);
        return [view.number, view.who, view.tags, view.isRush, isNumbered, plain.who, plain.tags, long.number];
        """
    )
    assert told == ["A-17", "Anna, 4 covers", ["VIP", "PAID"], True, True, "", [], "…29 001"]


async def test_a_seat_stands_with_its_dish_and_a_part_is_not_counted_all_day(ask: Ask) -> None:
    told = await ask(
        VIEW
        + """
        const [item] = order("a").items;
        const part = { ...item, itemId: "p", name: "Fries", partOf: item.itemId };
        const view = ticketView(order("a", { items: [{ ...item, seat: "S2" }, { ...part, seat: "3" }] }), null);
        const rows = view.rows.filter((row) => row.kind === "item");
        return [rows.map((row) => row.modifiers[0].rest), allDay([view]).dishes.map(({ name }) => name), item.name];
        """
    )
    assert told == [["S2", "Seat 3"], [told[2]], told[2]]


async def test_a_dish_that_is_cooked_again_stands_on_top_and_says_so(ask: Ask) -> None:
    told = await ask(
        VIEW
        + """
        const { arrange } = await load("kitchen/state/board/columns");
        const before = order("a", { placedAt: "2026-01-01T11:00:00Z" });
        const [item] = before.items;
        const kot = { ...before.kots[0], status: "READY" };
        const again = { ...item, itemId: "again", kotId: "k2", partOf: item.itemId, refire: true, done: false };
        const kots = [kot, { ...before.kots[0], kotId: "k2", round: 2 }];
        const refired = order("b", { items: [{ ...item, kotId: kot.kotId }, again], kots });
        const view = ticketView(refired, null);
        const { sent } = arrange([ticketView(before, null), view]);
        const row = view.rows.find((each) => each.itemId === "again");
        const rule = view.rows.find((each) => each.kind === "addon");
        const alone = ticketView({ ...refired, items: [again] }, null);
        const isCounted = allDay([view]).total === again.quantity;
        return [sent[0].orderId, view.tags, rule.isAgain, alone.tags, row.isDone, isCounted];
        """
    )
    assert told == ["b", [], True, ["REFIRE"], False, True]


async def test_facts_of_a_wrong_kind_make_an_order_unpaintable_and_no_page(ask: Ask) -> None:
    faults = await ask(
        VIEW
        + """
        const [item] = order("a").items;
        const of = (facts) => ({ items: [{ ...item, ...facts }] });
        const wrong = [{ covers: "4" }, { displayNumber: 5 }, { serverName: {} }, of({ seat: 1 }), of({ partOf: [] })];
        return wrong.map((facts) => faultOf(order("a", facts)));
        """
    )
    assert faults == [
        "covers is no number",
        "displayNumber is no text",
        "serverName is no text",
        "seat is no text (dish 1)",
        "partOf is no text (dish 1)",
    ]
