"""The state of a board, asked directly: what frames and presses make of it, and when it must ask the server again."""

from __future__ import annotations

from .conftest import Ask

REDUCER = """
const { emptyState, reduce, shownOrder, hasCaughtUp } = await load("kitchen/state/orders/reducer");
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
        const { applyChange, isSatisfied } = await load("kitchen/state/orders/change");
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
