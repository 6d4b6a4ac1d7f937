"""The pure modules of what belongs to a device: what it tells aloud, its keys, and what waits to be sent."""

from __future__ import annotations

from .conftest import Ask

NEWS = """
const { newsOf, LateWatch } = await load("kitchen/state/board/news");
const told = (before, more, station = null) =>
  newsOf(before, { type: before ? "ORDER_UPDATED" : "NEW_ORDER", ...order("a", more) }, station);
const kot = order("a").kots[0];
const item = order("a").items[0];
"""


async def test_only_what_a_cook_must_hear_is_told(ask: Ask) -> None:
    assert await ask(
        NEWS
        + """
        const before = order("a", { kots: [{ ...kot, held: true }] });
        return [
          told(undefined, {}), told(undefined, { status: "READY" }), told(order("a"), { status: "READY" }),
          told(order("a"), { priority: 1 }), told(before, { kots: [{ ...kot, held: false }] }),
          told(order("a"), { kots: [{ ...kot, recalled: true }] }),
              told(order("a"), { kots: [kot, { ...kot, kotId: "second" }] }),
          told(order("a"), { items: [{ ...item, voided: true }] }), told(order("a"), { status: "CANCELLED" }),
          newsOf(undefined, { type: "SNAPSHOT", orders: [order("a")] }, null),
        ];
        """
    ) == ["new", None, None, "changed", "changed", "changed", "new", "void", "void", None]


async def test_a_station_hears_only_its_own(ask: Ask) -> None:
    assert await ask(
        NEWS
        + """
        const others = { items: [{ ...item, station: "Fry", voided: true }] };
        return [told(undefined, {}, "Grill"), told(undefined, {}, "Fry"), told(order("a"), others, "Grill")];
        """
    ) == ["new", None, None]


async def test_each_late_ticket_is_told_once_and_those_of_the_first_look_never(ask: Ask) -> None:
    assert await ask(
        NEWS
        + """
        const late = new LateWatch();
        return [["a"], ["a"], ["a", "b"], ["b"], ["b", "a"]].map((ids) => late.hasNew(ids));
        """
    ) == [False, False, True, False, True]


async def test_a_learned_key_is_taken_from_its_command_and_shown_on_its_button(ask: Ask) -> None:
    assert await ask(
        """
        const { commandOf, keyMap, labelsOf, learn, loserOf } = await load("kitchen/input/keys");
        const learned = learn(learn({}, "bump", "F13"), "rush", "KeyH");
        const keys = keyMap(learned);
        const labels = labelsOf(learned);
        return [
          commandOf({ code: "F13" }, keys).name, commandOf({ code: "Enter" }, keys).name,
          commandOf({ code: "KeyH" }, keys).name, labels.get("bump"), labels.get("rush"), labels.get("hold"),
          loserOf({}, "rush", "KeyH"), loserOf({}, "rush", "F13"), learn(learned, "hold", "KeyH"),
        ];
        """
    ) == ["bump", "bump", "rush", "F13", "H", "", "hold", None, {"bump": "F13", "hold": "KeyH"}]


async def test_what_waits_is_kept_in_its_order_for_its_own_branch_and_a_full_device_does_no_harm(ask: Ask) -> None:
    assert await ask(
        """
        const { WaitingChanges } = await load("kitchen/queue");
        const full = { setItem() { throw new Error("full"); }, removeItem() { throw new Error("forbidden"); } };
        const [here, there, none] = [new WaitingChanges("h"), new WaitingChanges("t"), new WaitingChanges("h", full)];
        for (const id of ["c", "a", "b"]) here.keep({ id }, id);
        there.keep({ id: "x" }, "x");
        none.keep({ id: "y" }, "y");
        none.drop("y");
        here.drop("a");
        localStorage.setItem("kds.waiting.bad", "{");
        return [here.all().map(({ change }) => change.id), there.all().length, none.all()];
        """
    ) == [["c", "b"], 1, []]
