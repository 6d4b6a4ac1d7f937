/** Which tickets stand where, and how many there are: every count on the board comes from these lists. Pure. */

import { byTime } from "../../../common/text/moments.js";
import { bandOf } from "../ticket/bands.js";
import { shownOrder } from "../orders/reducer.js";
import { ticketView } from "../ticket/ticket-view.js";

export const COLUMNS = ["SENT", "READY", "COMPLETED"];
/** An age beyond this is a clock's fault, not a kitchen's: it would only spoil the median. */
const BELIEVED_MS = 24 * 3_600_000;

/**
 * Works out a station's columns from the board's state, redoing only the tickets whose order changed:
 * an unchanged ticket keeps its identity, so whoever paints it can tell at a glance.
 */
export class Columns {
  constructor() {
    this.cache = new Map();
    this.station = null;
    this.joinsEqual = false;
  }

  /** @param {import("../orders/reducer.js").State} state @param {string | null} station @param {boolean} joinsEqual equal dishes are one line */
  of(state, station, joinsEqual = false) {
    const known = station === this.station && joinsEqual === this.joinsEqual ? this.cache : new Map();
    const views = new Map();
    for (const [orderId, entry] of state.entries) {
      const hasPending = state.pending.some((pending) => pending.change.orderId === orderId);
      const before = known.get(orderId);
      const isSame = before && before.entry === entry && !before.hasPending && !hasPending;
      const order = hasPending ? shownOrder(state, orderId) : entry.order;
      views.set(orderId, isSame ? before : { entry, hasPending, view: ticketView(order, station, orderId, joinsEqual) });
    }
    this.cache = views;
    this.station = station;
    this.joinsEqual = joinsEqual;
    return arrange([...views.values()].map(({ view }) => view).filter((view) => view !== null));
  }
}

/** Rush first, then oldest, held last; on the pass the longest waiting first; the newest of the completed first. */
export function arrange(views) {
  const of = (column) => views.filter((view) => view.column === column);
  const oldest = (a, b) => byTime(a.startedAt, b.startedAt) || byNumber(a, b);
  return {
    sent: of("SENT").sort((a, b) => rank(a) - rank(b) || oldest(a, b)),
    ready: of("READY").sort(oldest),
    completed: of("COMPLETED").sort((a, b) => byTime(b.completedAt, a.completedAt) || byNumber(b, a)),
  };
}

/** On expo: rush first, held last, all others as they were placed: nothing jumps to the front when it is done. */
export function expoOrder({ sent, ready }) {
  return [...sent, ...ready].sort((a, b) => rank(a) - rank(b) || byTime(a.placedAt, b.placedAt) || byNumber(a, b));
}

const byNumber = (a, b) => (Number(a.number) || 0) - (Number(b.number) || 0);

const rank = (view) => (view.isHeld ? 2 : view.isRush ? 0 : 1);

/** @returns {{sent: number, voided: number, unshown: number, ready: number, open: number, late: number, medianMs: number | null}} `medianMs`: the age of what is being cooked */
export function countsOf({ sent, ready }, thresholds, now) {
  const cooking = sent.filter((view) => !view.isVoid);
  const running = cooking.filter((view) => !view.isHeld);
  const known = running.filter((view) => view.startedAt !== null && now - view.startedAt < BELIEVED_MS);
  const ages = known.map((view) => Math.max(0, now - view.startedAt));
  return {
    sent: cooking.length,
    voided: sent.length - cooking.length,
    unshown: [...sent, ...ready].filter((view) => view.fault !== null).length,
    ready: ready.length,
    open: cooking.length + ready.length,
    late: cooking.filter((view) => bandOf(view, thresholds, now) === "late").length,
    medianMs: medianOf(ages),
  };
}

function medianOf(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
