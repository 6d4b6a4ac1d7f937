/** Age bands: the colour of a header and, always with it, a word. Thresholds are the server's, per order type. */

import { say } from "../../../common/text/words.js";

const FALLBACK = { dueS: 300, lateS: 600 };

export const BANDS = {
  calm: { icon: null },
  due: { icon: "clock" },
  late: { icon: "warning" },
  ready: { icon: "check" },
  done: { icon: "check" },
  held: { icon: "pause" },
  unknown: { icon: "clock" },
  void: { icon: "void" },
};

/** `LATE`. @param {keyof typeof BANDS} band */
export const bandWords = (band) => say(`band.${band}`);

/** From when on an order is due, and late: the least and the most of all order types, in s. @returns {{due: [number, number], late: [number, number]}} */
export function limitsOf(thresholds) {
  const all = Object.values(thresholds ?? {});
  const rangeOf = (name) => {
    const seconds = all.length > 0 ? all.map((each) => each[name]) : [FALLBACK[name]];
    return [Math.min(...seconds), Math.max(...seconds)];
  };
  return { due: rangeOf("dueS"), late: rangeOf("lateS") };
}

/** @param {import("./ticket-view.js").TicketView} view @returns {keyof typeof BANDS} */
export function bandOf(view, thresholds, now) {
  if (view.isVoid) return "void";
  if (view.column === "READY") return "ready";
  if (view.isHeld) return "held";
  if (view.startedAt === null) return "unknown";
  const { dueS = FALLBACK.dueS, lateS = FALLBACK.lateS } = thresholds?.[view.orderType] ?? FALLBACK;
  const seconds = (now - view.startedAt) / 1000;
  if (seconds >= lateS) return "late";
  return seconds >= dueS ? "due" : "calm";
}
