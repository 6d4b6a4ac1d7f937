/** Age bands: the colour of a header and, always with it, a word. Thresholds are the server's, per order type. */

const FALLBACK = { dueS: 300, lateS: 600 };

export const BANDS = {
  calm: { word: "ON TIME", icon: null },
  due: { word: "DUE", icon: "clock" },
  late: { word: "LATE", icon: "warning" },
  ready: { word: "READY", icon: "check" },
  done: { word: "DONE", icon: "check" },
  held: { word: "HELD", icon: "pause" },
  unknown: { word: "AGE ?", icon: "clock" },
  void: { word: "VOID", icon: "void" },
};

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
