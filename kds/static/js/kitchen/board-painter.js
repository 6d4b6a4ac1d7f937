/** Paints all parts of the board from its state, once a frame at most: the tickets first, the words about them after. */

import { setAttribute } from "../common/dom/dom.js";
import { say } from "../common/text/words.js";
import { allDay } from "./state/board/all-day.js";
import { Columns, countsOf } from "./state/board/columns.js";
import { hasCaughtUp, shownOrder } from "./state/orders/reducer.js";

export class BoardPainter {
  /** @param {import("./board-screen.js").BoardScreen} board  @param {import("./view/ticket/highlights.js").Highlights} highlights */
  constructor(board, highlights) {
    this.board = board;
    this.highlights = highlights;
    this.columnsOf = new Columns();
  }

  /** @returns {ReturnType<Columns["of"]>} what was painted */
  paint(now) {
    const { branch, state, scope, link, device, parts } = this.board;
    const health = link.health();
    const columns = this.columnsOf.of(state, scope.station, scope.joinsEqual);
    const counts = countsOf(columns, branch.thresholds, now);
    const preferences = device.preferences();
    const sizes = device.sizes.apply(parts.node);
    parts.topBar.update({ branch: branch.facts, scope, counts, now, sound: preferences.sound, later: state.later });
    this.paintHealth(health, now);
    parts.allDayPanel.update({ isShown: scope.isAllDay, scope: scope.words, unit: sizes.unit, ...allDay(columns.sent) });
    this.paintTickets({ columns, counts, now, sizes, emptyWords: emptyWords(state, health) });
    if (parts.sheet.isOpen) parts.sheet.update(shownOrder(state, parts.sheet.orderId));
    if (parts.stock.isOpen) parts.stock.update();
    const maySellOut = !this.board.dishes.isRefused;
    parts.more.offer("soldOut", maySellOut);
    parts.sheet.offerSoldOut(maySellOut);
    parts.options.update({ ...preferences, branch: branch.facts });
    // last: "Live" is said of a screen that was painted
    setAttribute(parts.node, "data-phase", health.phase);
    parts.topBar.paintHealth(health);
    parts.topBar.fit();
    return columns;
  }

  paintHealth(health, now) {
    const { branch, link, session, rememberedAt, parts } = this.board;
    const { timezone } = branch;
    const heardAt = link.heardAt(now) ?? rememberedAt;
    parts.banner.update({ health, retryInMs: link.retryInMs(), heardAt, timezone, ending: link.ending });
    parts.loginLine.update({ endsAt: session.endsAt, now, timezone });
  }

  /** The tickets, and the bars that say what can be done to what is seen of them. */
  paintTickets({ columns, counts, ...around }) {
    const { branch, state, scope, input, parts } = this.board;
    const waiting = this.highlights.waiting(state);
    const { page, passPage, tab, selected, unfolded, isPicking } = input.cursor;
    const where = { page, passPage, tab, selected, unfolded, isPicking, scope: scope.words, isAll: scope.station === null };
    const pressed = new Set(state.pending.map(({ change }) => change.orderId));
    const looks = { waiting, pressed, fresh: this.highlights.fresh() };
    parts.tabs.update({ tab, counts });
    const onScreen = parts.boardView.update(scope.layout, { columns, counts, branch: branch.facts, ...where, ...looks, ...around });
    input.hasPainted(columns, onScreen, scope);
    const waitingCount = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    const { dishes } = this.board;
    const soldOut = { maySellOut: !dishes.isRefused, soldOut: dishes.soldOutCount };
    parts.bottomBar.update({ ...input.words(), isAllDay: scope.isAllDay, ...soldOut, waiting: waitingCount });
    parts.topBar.paintToSee(input.painted.toSeeElsewhere());
  }
}

function emptyWords(state, { phase }) {
  if (phase === "live") return say("board.none");
  return say(hasCaughtUp(state) ? "board.noneHeard" : "board.fetching");
}
