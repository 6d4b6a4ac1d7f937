/** What a press on a ticket is called; the header, the bottom bar and the notices say the same. */

const WORDS = { SENT: "Ready", READY: "Complete", COMPLETED: "Recall" };

/** `Ready 187`, `Complete 184`, `Fire 199`, `Seen 191`, `Recall 185`. @param {import("./ticket-view.js").TicketView} view */
export function actionWords(view) {
  if (view.isVoid) return `Seen ${view.number}`;
  if (view.isHeld) return `Fire ${view.number}`;
  return `${WORDS[view.column]} ${view.number}`;
}

/** On expo a finished order is served: `Serve T3`. @param {import("./ticket-view.js").TicketView} view */
export function expoWords(view) {
  return view.column === "READY" ? `Serve ${view.place || view.number}` : actionWords(view);
}
