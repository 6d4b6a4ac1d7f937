"""What a ticket shows of an order, asked directly: rounds, allergies, modifiers, voids, stations and long words."""

from __future__ import annotations

from .conftest import Ask


async def test_done_dishes_fold_into_one_line_after_a_moment(ask: Ask) -> None:
    assert await ask(
        """
        const { FoldedDishes } = await load("kitchen/state/layouts/folded");
        const { ticketView } = await load("kitchen/state/ticket/ticket-view");
        const item = (id, done) => ({ ...order("a").items[0], itemId: id, kotId: "a-k", done });
        const itemsOf = (done) => done.map((each, index) => item("i" + index, each));
        const viewOf = (...done) => ticketView(order("a", { items: itemsOf(done) }), null);
        const folded = new FoldedDishes();
        const kinds = (view, now, openKey = null) =>
          folded.of([view], { now, letters: 30, openKey })[0].rows.map((row) => row.kind).join();
        const fresh = viewOf(true, false, false);
        const later = viewOf(true, true, false);
        return [kinds(fresh, 0), kinds(later, 100), kinds(later, 3200), kinds(later, 3300, "a")];
        """
    ) == ["item,item,done", "item,item,done", "item,done", "item,item,item"]


TICKET = 'const { ticketView } = await load("kitchen/state/ticket/ticket-view");'


async def test_a_second_round_stands_under_a_rule_and_has_its_own_clock(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const kot = (round, status, sentAt) => ({ ...order("x").kots[0], kotId: "k" + round, round, status, sentAt });
        const dish = (round) => ({ ...order("x").items[0], itemId: "i" + round, kotId: "k" + round });
        const kots = [kot(1, "COMPLETED", "2026-01-01T12:00:00Z"), kot(2, "SENT", "2026-01-01T12:40:00Z")];
        const view = ticketView(order("a", { kots, items: [dish(1), dish(2)] }), null);
        return [view.rows.map((row) => row.kind), new Date(view.startedAt).toISOString()];
        """
    ) == [["round", "addon", "item"], "2026-01-01T12:40:00.000Z"]


async def test_a_station_without_a_part_in_the_order_does_not_see_it(ask: Ask) -> None:
    views = await ask(TICKET + 'return ["Fry", "Grill"].map((station) => ticketView(order("a"), station));')
    assert views[0] is None
    assert [row["name"] for row in views[1]["rows"]] == ["Tikka"]


async def test_an_order_of_a_pos_without_table_or_station_has_a_ticket(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const bare = order("a", { table: "", kots: [{ ...order("a").kots[0], station: null }] });
        const view = ticketView(bare, null);
        return [view.place, view.type, view.rows.length];
        """
    ) == ["", "Dine in", 1]


async def test_an_allergy_is_told_in_the_same_words_wherever_it_was_stated(ask: Ask) -> None:
    assert await ask(
        """
        const { allergyOf } = await load("kitchen/state/ticket/allergy");
        const noted = (note, ...notes) =>
          allergyOf(order("a", { note, items: notes.map((note) => ({ ...order("a").items[0], note })) }));
        return [noted("ALLERGY: milk. Window"), noted(null, "Crisp. ALLERGY: nuts."),
          noted("ALLERGY: milk", "allergy: milk"), noted("allergic to everything"), noted("Window")]
          .map(({ allergy, note }) => [allergy, note]);
        """
    ) == [["milk", "Window"], ["nuts", ""], ["milk", ""], ["allergic to everything", ""], ["", "Window"]]


async def test_an_allergy_that_was_stated_at_a_dish_outlives_the_dish(ask: Ask) -> None:
    heard = await ask(
        """
        const { allergyOf } = await load("kitchen/state/ticket/allergy");
        const item = order("a").items[0];
        const gone = { ...item, voided: true, acknowledged: true, modifiers: ["no nuts, allergic"] };
        return ["Rare. ALLERGY: nuts. Quick", "no nuts, allergic", "Rare", null].map(
          (note) => allergyOf(order("a", { items: [{ ...gone, note }, item] })).allergy);
        """
    )
    assert heard == ["nuts", "", "", ""]


async def test_an_allergy_that_a_waiter_writes_in_another_language_is_set_apart_too(ask: Ask) -> None:
    told = await ask(
        """
        const { allergyOf } = await load("kitchen/state/ticket/allergy");
        return ["Allergie: Nüsse. Fenster", "Allergisch gegen Nüsse", "ALERGIA: nueces. Ventana", "Alérgico a: nueces",
          "Allergie : noix. Fenêtre", "Allergia: noci", "حساسية: مكسرات. نافذة", "过敏\\uff1a坚果。靠窗", "对花生过敏"]
          .map((note) => Object.values(allergyOf(order("a", { note, items: [] }))));
        """
    )
    assert told == [
        ["Nüsse", "Fenster"],
        ["Allergisch gegen Nüsse", ""],
        ["nueces", "Ventana"],
        ["nueces", ""],
        ["noix", "Fenêtre"],
        ["noci", ""],
        ["مكسرات", "نافذة"],
        ["坚果", "靠窗"],
        ["对花生过敏", ""],
    ]


async def test_the_verb_of_a_modifier_is_set_apart(ask: Ask) -> None:
    assert await ask(
        """
        const { modifierWords } = await load("kitchen/state/ticket/ticket-rows");
        return ["NO yoghurt", "Extra hot", "RARE"].map(modifierWords);
        """
    ) == [{"verb": "NO", "rest": "yoghurt"}, {"verb": "", "rest": "Extra hot"}, {"verb": "RARE", "rest": ""}]


async def test_a_held_ticket_is_untimed_last_and_not_counted(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const { arrange, countsOf } = await load("kitchen/state/board/columns");
        const { allDay } = await load("kitchen/state/board/all-day");
        const { bandOf } = await load("kitchen/state/ticket/bands");
        const of = (id, held, more) => order(id, { ...more, kots: [{ ...order(id).kots[0], held }] });
        const orders = [of("a", true), of("b", false), of("c", false, { priority: 1 })];
        const views = orders.map((each) => ticketView(each, null));
        const columns = arrange(views);
        const now = Date.parse("2026-01-01T12:20:00Z");
        return [columns.sent.map((view) => [view.orderId, bandOf(view, null, now)]), countsOf(columns, null, now).late,
          allDay(columns.sent)];
        """
    ) == [
        [["c", "late"], ["b", "late"], ["a", "held"]],
        2,
        {"dishes": [{"name": "Tikka", "count": 4}], "total": 4},
    ]


async def test_a_void_is_a_row_to_be_seen_and_gone_when_it_was(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const dish = (id, more) => ({ ...order("a").items[0], itemId: id, kotId: "a-k", ...more });
        const items = [dish("x", { voided: true }), dish("y", { voided: true, acknowledged: true }), dish("z")];
        const view = ticketView(order("a", { items }), null);
        const kots = [{ ...order("a").kots[0], status: "CANCELLED" }];
        const cancelled = ticketView(order("a", { items, kots }), "Grill");
        return [view.rows.map((row) => [row.itemId, row.isToSee]), view.voids, cancelled.isVoid, cancelled.voids];
        """
    ) == [[["x", True], ["z", False]], ["x"], True, ["x", "z"]]


async def test_long_words_go_on_in_rows_of_their_own(ask: Ask) -> None:
    rows = await ask(
        TICKET
        + """
        const items = [{ ...order("a").items[0], name: "w".repeat(130), note: "two words ".repeat(9).trim() }];
        return ticketView(order("a", { items }), null).rows;
        """
    )
    assert [(row["kind"], len(row.get("name", row.get("text")))) for row in rows] == [
        ("item", 64), ("more", 64), ("more", 2), ("more", 69), ("more", 19),
    ]  # fmt: skip
    assert {row["ref"] for row in rows[1:]} == {"(2 " + "w" * 25 + "…)"}


async def test_three_modifiers_stand_in_rows_of_their_own_and_two_with_their_dish(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const orderOf = (modifiers) => order("a", { items: [{ ...order("a").items[0], modifiers }] });
        const kindsOf = (modifiers) => ticketView(orderOf(modifiers), null).rows.map((row) => row.kind);
        return [kindsOf(["NO ice", "ADD lime"]), kindsOf(["NO ice", "ADD lime", "MILD"])];
        """
    ) == [["item"], ["item", "more", "more", "more"]]


async def test_a_station_is_named_where_it_changes_and_never_costs_a_line(ask: Ask) -> None:
    assert await ask(
        """
        const { stationMarks } = await load("kitchen/state/ticket/station-marks");
        const stations = ["Grill", "Grill", "Fry", "Fry", "Cold"];
        const rows = stations.map((station, index) => ({ kind: "item", key: String(index), station }));
        return [[], ["2"]].map((costly) => [...stationMarks(rows, new Set(costly))]);
        """
    ) == [["0", "2", "4"], ["0", "3", "4"]]
