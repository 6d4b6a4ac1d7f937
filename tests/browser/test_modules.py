"""The small pure modules of the pages, imported and asked directly: clocks, money, retries, keys, the basket."""

from __future__ import annotations

from .conftest import Ask


async def test_the_servers_clock_wins_over_the_devices_and_a_late_message_does_not_set_it_back(ask: Ask) -> None:
    assert (
        await ask(
            """
        const { ServerClock } = await load("common/server/clock");
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
        const { ServerClock } = await load("common/server/clock");
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
        const { age } = await load("kitchen/state/ticket/age");
        return [-5000, 0, 59_999, 60_000, 3_599_999, 3_600_000].map(age);
        """
    ) == ["0:00", "0:00", "0:59", "1:00", "59:59", "1:00:00"]


async def test_money_has_the_minor_units_of_its_currency(ask: Ask) -> None:
    assert await ask(
        """
        const { money } = await load("common/text/format");
        return [money(850, "EUR"), money(850, "JPY"), money(-300, "EUR"), money(100, "nonsense")];
        """
    ) == ["€8.50", "¥850", "-€3.00", "1.00 nonsense"]


async def test_retries_are_spread_between_half_a_second_and_eight(ask: Ask) -> None:
    assert await ask(
        """
        const { retryDelay } = await load("common/server/connection");
        return [retryDelay(0, () => 0), retryDelay(0, () => 1), retryDelay(2, () => 1), retryDelay(50, () => 1)];
        """
    ) == [500, 1000, 4000, 8000]


async def test_silence_is_offline_before_twelve_seconds_and_a_deaf_server_at_once(ask: Ask) -> None:
    assert await ask(
        """
        const { judge } = await load("common/server/health");
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
        const { add, change, lineKey, totalCents } = await load("guests/order/placing/basket");
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
        const { orderBody } = await load("guests/order/placing/basket");
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
