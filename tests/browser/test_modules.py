"""The pure modules of the pages, imported into a page and asked directly."""

from __future__ import annotations

from .conftest import Ask

REDUCER = """
const { emptyState, reduce, shownOrder, hasCaughtUp } = await load("kitchen/state/reducer");
const after = (...messages) => messages.reduce(reduce, emptyState());
"""


async def test_a_frame_already_applied_is_skipped(ask: Ask) -> None:
    assert await ask(
        REDUCER
        + """
        const before = after(snapshot(5, [order("a")]));
        return reduce(before, live(5, 4, order("a", { status: "READY" }))) === before;
        """
    )


async def test_a_gap_in_the_chain_asks_for_a_snapshot_and_applies_nothing(ask: Ask) -> None:
    state = await ask(
        REDUCER
        + """
        const state = after(snapshot(5, []), live(9, 8, order("a")));
        return { resync: state.resync, revision: state.revision, count: state.entries.size };
        """
    )
    assert state == {"resync": "snapshot", "revision": 5, "count": 0}


async def test_a_chain_that_begins_behind_us_is_no_gap(ask: Ask) -> None:
    assert await ask(
        REDUCER
        + """
        const state = after(snapshot(5, []), live(6, 5, order("a")), live(7, 5, order("a", { status: "READY" })));
        return state.resync === "none" && state.revision === 7 && state.entries.get("a").order.status === "READY";
        """
    )


async def test_a_heartbeat_ahead_of_us_asks_to_resume(ask: Ask) -> None:
    assert (
        await ask(REDUCER + """return after(snapshot(5, []), { type: "HEARTBEAT", revision: 6, live: true }).resync;""")
        == "resume"
    )


async def test_the_board_has_caught_up_only_when_it_applied_the_head(ask: Ask) -> None:
    assert await ask(
        REDUCER
        + """
        const hello = { type: "HELLO", epoch: "e", revision: 7 };
        const behind = after(snapshot(5, []), hello);
        return [hasCaughtUp(behind), hasCaughtUp(reduce(behind, live(7, 5, order("a"))))];
        """
    ) == [False, True]


async def test_a_press_shows_at_once_and_a_failure_takes_it_back(ask: Ask) -> None:
    assert await ask(
        REDUCER
        + """
        const change = { id: "1", kind: "order", orderId: "a", from: "SENT", to: "READY", at: "2026-01-01T12:01:00Z" };
        const sent = after(snapshot(5, [order("a")]), { type: "CHANGE_SENT", change });
        const failed = reduce(sent, { type: "CHANGE_FAILED", changeId: "1" });
        return [shownOrder(sent, "a").status, shownOrder(failed, "a").status];
        """
    ) == ["READY", "SENT"]


async def test_an_answer_older_than_the_stream_does_not_turn_it_back(ask: Ask) -> None:
    assert (
        await ask(
            REDUCER
            + """
        const change = { id: "1", kind: "order", orderId: "a", from: "SENT", to: "READY", at: "2026-01-01T12:01:00Z" };
        const ready = order("a", { status: "READY" });
        const state = after(snapshot(5, [order("a")]), { type: "CHANGE_SENT", change }, live(6, 5, ready),
          live(7, 6, order("a", { status: "COMPLETED" })),
          { type: "CHANGE_ANSWERED", changeId: "1", order: ready, isRefused: false });
        return shownOrder(state, "a").status;
        """
        )
        == "COMPLETED"
    )


async def test_only_the_last_completed_orders_are_kept(ask: Ask) -> None:
    assert (
        await ask(
            REDUCER
            + """
        let state = after(snapshot(0, []));
        for (let n = 1; n <= 500; n += 1) {
          const at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
          state = reduce(state, live(n, n - 1, order("o" + n, { status: "COMPLETED", completedAt: at })));
        }
        return state.entries.size;
        """
        )
        == 20
    )


async def test_a_press_is_seen_at_once_as_the_server_will_tell_it(ask: Ask) -> None:
    assert await ask(
        REDUCER
        + """
        const { applyChange, isSatisfied } = await load("kitchen/state/change");
        const at = "2026-01-01T12:09:00Z";
        const changes = {
          recall: [{ status: "READY" }, { kind: "order", from: "READY", to: "SENT", at }],
          undo: [{ status: "READY" }, { kind: "order", from: "READY", to: "SENT", at, isUndo: true }],
          hold: [{}, { kind: "hold", held: true, at }],
          fire: [{ kots: [{ ...order("a").kots[0], held: true }] },
            { kind: "kot-hold", kotId: "a-k", held: false, at }],
          rush: [{}, { kind: "rush", from: 0, to: 1 }],
          seen: [{}, { kind: "seen", itemId: "a-i" }],
        };
        const told = {};
        for (const [name, [more, change]] of Object.entries(changes)) {
          const before = order("a", more);
          if (more.status) before.kots = before.kots.map((kot) => ({ ...kot, status: more.status }));
          const now = applyChange(before, change);
          const [kot] = now.kots;
          told[name] = [kot.recalled ?? null, kot.held ?? null, kot.firedAt ?? null, now.priority,
            now.items[0].acknowledged ?? null, isSatisfied(before, change), isSatisfied(now, change)];
        }
        return told;
        """
    ) == {
        "recall": [True, False, None, 0, None, False, True],
        "undo": [False, False, None, 0, None, False, True],
        "hold": [None, True, None, 0, None, False, True],
        "fire": [None, False, "2026-01-01T12:09:00Z", 0, None, False, True],
        "rush": [None, None, None, 1, None, False, True],
        "seen": [None, None, None, 0, True, False, True],
    }


LAYOUT = 'const { paginate, tear, geometry } = await load("kitchen/state/layout");'


async def test_tickets_go_down_a_lane_and_then_into_the_next(ask: Ask) -> None:
    assert await ask(
        LAYOUT
        + """
        const blocks = ["a", "b", "c"].map((key) => ({ key, headPx: 50, rowsPx: [50] }));
        const [page] = paginate(blocks, { lanes: 2, heightPx: 210, morePx: 40, tearPx: 20 });
        return page.lanes.map((lane) => lane.map((piece) => piece.key));
        """
    ) == [["a", "b"], ["c"]]


async def test_every_ticket_is_on_exactly_one_page_and_none_is_cut(ask: Ask) -> None:
    assert await ask(
        LAYOUT
        + """
        const rows = (n) => Array(1 + ((n * 7) % 9)).fill(64);
        const blocks = Array.from({ length: 60 }, (_, n) => ({ key: "t" + n, headPx: 70, rowsPx: rows(n) }));
        const pages = paginate(blocks, { lanes: 3, heightPx: 600, morePx: 64, tearPx: 46 });
        const gaps = (lane) => Math.max(0, lane.length - 1) * 10;
        const height = (lane) => lane.reduce((sum, piece) => sum + piece.heightPx, gaps(lane));
        const begun = pages.flatMap((page) => page.lanes.flat()).filter((piece) => piece.part === 1);
        const keys = begun.map((piece) => piece.key);
        const room = pages.every((page) => page.more === 0 || height(page.lanes[page.moreLane]) + 10 + 64 <= 600);
        return keys.length === 60 && new Set(keys).size === 60 && room
          && pages.every((page) => page.lanes.every((lane) => height(lane) <= 600));
        """
    )


async def test_what_does_not_fit_is_counted(ask: Ask) -> None:
    assert await ask(
        LAYOUT
        + """
        const blocks = Array.from({ length: 5 }, (_, n) => ({ key: "t" + n, headPx: 70, rowsPx: [64] }));
        const pages = paginate(blocks, { lanes: 1, heightPx: 300, morePx: 64, tearPx: 46 });
        return pages.map((page) => [page.lanes.flat().length, page.more]);
        """
    ) == [[1, 4], [1, 3], [1, 2], [2, 0]]


async def test_a_ticket_taller_than_a_lane_is_torn_between_its_rows(ask: Ask) -> None:
    parts = await ask(
        LAYOUT
        + """
        const pieces = tear({ key: "a", headPx: 100, rowsPx: Array(6).fill(64) }, 300, 46);
        return pieces.map(({ from, to, part, parts }) => [from, to, part, parts]);
        """
    )
    assert parts == [[0, 2, 1, 3], [2, 4, 2, 3], [4, 6, 3, 3]]


async def test_the_lanes_are_as_wide_as_in_the_pictures(ask: Ask) -> None:
    assert await ask(
        LAYOUT + "return [1280, 1920].map((px) => geometry(px)).map(({ sentLanes, lanePx }) => [sentLanes, lanePx]);"
    ) == [[3, 272], [4, 316]]


async def test_the_servers_clock_wins_over_the_devices_and_a_late_message_does_not_set_it_back(ask: Ask) -> None:
    assert (
        await ask(
            """
        const { ServerClock } = await load("common/clock");
        let ticks = 1000;
        const clock = new ServerClock(() => ticks);
        const at = (seconds) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString();
        clock.hear(at(0));
        ticks += 5000;
        clock.hear(at(3));
        return clock.now() - Date.UTC(2026, 0, 1, 12, 0, 5);
        """
        )
        == 0
    )


async def test_a_device_that_slept_is_put_right_by_one_message(ask: Ask) -> None:
    assert (
        await ask(
            """
        const { ServerClock } = await load("common/clock");
        const clock = new ServerClock(() => 1000);
        clock.hear("2026-01-01T12:00:00Z");
        clock.hear("2026-01-01T13:00:00Z");
        return clock.now() - Date.UTC(2026, 0, 1, 13);
        """
        )
        == 0
    )


async def test_ages_are_never_negative_and_show_hours_from_the_first(ask: Ask) -> None:
    assert await ask(
        """
        const { age } = await load("common/format");
        return [-5000, 0, 59_999, 60_000, 3_599_999, 3_600_000].map(age);
        """
    ) == ["0:00", "0:00", "0:59", "1:00", "59:59", "1:00:00"]


async def test_money_has_the_minor_units_of_its_currency(ask: Ask) -> None:
    assert await ask(
        """
        const { money } = await load("common/format");
        return [money(850, "EUR"), money(850, "JPY"), money(-300, "EUR"), money(100, "nonsense")];
        """
    ) == ["€8.50", "¥850", "-€3.00", "1.00 nonsense"]


async def test_retries_are_spread_between_half_a_second_and_eight(ask: Ask) -> None:
    assert await ask(
        """
        const { retryDelay } = await load("common/connection");
        return [retryDelay(0, () => 0), retryDelay(0, () => 1), retryDelay(2, () => 1), retryDelay(50, () => 1)];
        """
    ) == [500, 1000, 4000, 8000]


async def test_silence_is_offline_before_twelve_seconds_and_a_deaf_server_at_once(ask: Ask) -> None:
    assert await ask(
        """
        const { judge } = await load("common/health");
        const quiet = { brokenSince: null, deafSince: null };
        const open = { now: 100_000, isOpen: true, lastHeardAt: 99_000, hasCaughtUp: true, ...quiet };
        return [open, { ...open, lastHeardAt: 88_500 }, { ...open, deafSince: 99_900 }, { ...open, hasCaughtUp: false },
          { ...open, isOpen: false, brokenSince: 99_000 }, { ...open, isOpen: false, brokenSince: 96_000 }]
          .map((signs) => judge(signs).phase);
        """
    ) == ["live", "offline", "offline", "catching", "catching", "offline"]


async def test_keys_mean_the_same_on_every_layout_and_a_held_one_means_nothing(ask: Ask) -> None:
    assert await ask(
        """
        const { commandOf, keyMap } = await load("kitchen/input/keys");
        const keys = keyMap();
        const digits = ["Digit0", "Numpad1"].map((code) => commandOf({ code }, keys).index);
        const presses = ["NumpadEnter", "Space", "Backspace", "NumpadSubtract", "KeyZ"].map((code) => ({ code }));
        const held = [{ code: "Enter", repeat: true }, { code: "KeyR", ctrlKey: true }];
        return [...digits, ...[...presses, ...held].map((press) => commandOf(press, keys)?.name ?? null)];
        """
    ) == [9, 0, "bump", "bump", "recall", "recall", None, None, None]


TICKET = 'const { ticketView } = await load("kitchen/state/ticket-view");'


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
        return [view.placeShort, view.rows.length];
        """
    ) == ["Dine in", 1]


async def test_an_allergy_is_told_in_the_same_words_wherever_it_was_stated(ask: Ask) -> None:
    assert await ask(
        """
        const { allergyOf } = await load("common/allergy");
        const noted = (note, ...notes) =>
          allergyOf(order("a", { note, items: notes.map((note) => ({ ...order("a").items[0], note })) }));
        return [noted("ALLERGY: milk. Window"), noted(null, "Crisp. ALLERGY: nuts."),
          noted("ALLERGY: milk", "allergy: milk"), noted("allergic to everything"), noted("Window")]
          .map(({ allergy, note }) => [allergy, note]);
        """
    ) == [["milk", "Window"], ["nuts", ""], ["milk", ""], ["allergic to everything", ""], ["", "Window"]]


async def test_the_verb_of_a_modifier_is_set_apart(ask: Ask) -> None:
    assert await ask(
        """
        const { modifierWords } = await load("kitchen/state/ticket-rows");
        return ["NO yoghurt", "Extra hot", "RARE"].map(modifierWords);
        """
    ) == [{"verb": "NO", "rest": "yoghurt"}, {"verb": "", "rest": "Extra hot"}, {"verb": "RARE", "rest": ""}]


async def test_the_arrows_walk_over_all_that_is_on_the_screen(ask: Ask) -> None:
    assert await ask(
        """
        const { neighbour } = await load("kitchen/input/selection");
        const lanes = [["a", "b"], [], ["c"]];
        const steps = [[null, "down"], ["a", "down"], ["b", "down"], ["b", "right"], ["c", "left"], ["gone", "up"]];
        return steps.map(([from, way]) => neighbour(lanes, from, way));
        """
    ) == ["a", "b", "b", "c", "a", "a"]


async def test_a_basket_joins_what_a_cook_would_make_the_same(ask: Ask) -> None:
    assert await ask(
        """
        const { add, change, lineKey, totalCents } = await load("guests/order/basket");
        const line = (modifiers, note = "") => ({ menuItemId: "m", modifiers, note, quantity: 1 });
        const lines = [line(["A", "B"]), line(["B", "A"], " "), line([])].reduce(add, []);
        const modifiers = [{ name: "A", priceCents: 250 }, { name: "B", priceCents: -50 }];
        const dishes = new Map([["m", { priceCents: 1000, available: true, modifiers }]]);
        const fewer = change(lines, lineKey(lines[1]), -1);
        return [lines.map((each) => each.quantity), totalCents(lines, dishes), fewer.length];
        """
    ) == [[2, 1], 3400, 1]


async def test_an_order_to_go_names_a_table_only_where_it_proves_it_and_leaves_out_what_was_not_given(ask: Ask) -> None:
    proved, not_proved = await ask(
        """
        const { orderBody } = await load("guests/order/basket");
        const lines = [{ menuItemId: "m", modifiers: [], note: "", quantity: 1 }];
        const given = { branchId: "b", table: "T1", tableToken: "t", lines, customerName: " Ana ", note: "" };
        return [given, { ...given, tableToken: "" }].map((each) => orderBody({ ...each, orderType: "takeaway" }));
        """
    )
    told = {
        "branchId": "b",
        "orderType": "takeaway",
        "items": [{"menuItemId": "m", "quantity": 1, "modifiers": []}],
        "customerName": "Ana",
    }
    assert proved == {**told, "table": "T1", "tableToken": "t"}
    assert not_proved == {**told, "table": ""}


async def test_a_held_ticket_is_untimed_last_and_not_counted(ask: Ask) -> None:
    assert await ask(
        TICKET
        + """
        const { arrange, countsOf } = await load("kitchen/state/columns");
        const { allDay } = await load("kitchen/state/all-day");
        const { bandOf } = await load("kitchen/state/bands");
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
    assert await ask(
        TICKET
        + """
        const items = [{ ...order("a").items[0], name: "w".repeat(130), note: "two words ".repeat(9).trim() }];
        const rows = ticketView(order("a", { items }), null).rows;
        return rows.map((row) => [row.kind, (row.name ?? row.text).length]);
        """
    ) == [["item", 32]] + [["more", 32]] * 3 + [["more", 2], ["more", 29], ["more", 29], ["more", 29]]


GRID = """
const { fillCells, gridShape, pagesOf } = await load("kitchen/state/grid");
const block = (key, rows = 1) => ({ key, headPx: 70, rowsPx: Array(rows).fill(60) });
const fill = (blocks, before, isBusy) =>
  fillCells(blocks, { cellPx: 260, tearPx: 50, before, isBusy }).map((piece) => piece && `${piece.key}/${piece.part}`);
"""


async def test_the_cells_are_five_by_two_as_in_the_picture_and_fewer_on_a_tablet(ask: Ask) -> None:
    assert await ask(
        GRID
        + """
        const rooms = [[1280, 548, 1], [800, 1000, 1], [1920, 800, 1], [1280, 548, 1.5]];
        const shapes = rooms.map(([widthPx, heightPx, zoom]) => gridShape({ widthPx, heightPx, zoom }));
        return shapes.map(({ columns, rows }) => [columns, rows]);
        """
    ) == [[5, 2], [3, 3], [5, 2], [3, 1]]


async def test_nothing_moves_under_a_finger_and_what_comes_back_finds_its_cell(ask: Ask) -> None:
    assert await ask(
        GRID
        + """
        const before = ["a/1", "b/1", "c/1"];
        const [a, b, c, d] = ["a", "b", "c", "d"].map((key) => block(key));
        return [fill([a, c, d], before, true), fill([a, b, c], before, true), fill([a, c, d], before, false)];
        """
    ) == [["a/1", None, "c/1", "d/1"], ["a/1", "b/1", "c/1"], ["a/1", "c/1", "d/1"]]


async def test_a_long_ticket_goes_on_in_the_next_cell_and_pages_count_what_follows(ask: Ask) -> None:
    assert await ask(
        GRID
        + """
        const cells = fillCells([block("a", 5), block("b"), block("c")], { cellPx: 260, tearPx: 50, before: [] });
        const name = (piece) => `${piece.key}${piece.part}/${piece.parts}`;
        return pagesOf(cells, 3).map(({ cells, more }) => [cells.map(name), more]);
        """
    ) == [[["a1/3", "a2/3", "a3/3"], 2], [["b1/1", "c1/1"], 0]]
