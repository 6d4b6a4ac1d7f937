/** What a press on a ticket is called; the header, the bottom bar and the notices say the same. */

import { say } from "../../../common/text/words.js";

const WORDS = { SENT: "act.ready", READY: "act.complete", COMPLETED: "act.recall" };

/** `Ready 187`, `Complete 184`, `Fire 199`, `Seen 191`, `Recall 185`. @param {import("./ticket-view.js").TicketView} view */
export function actionWords({ number, isVoid, isHeld, column }) {
  if (isVoid) return say("act.seen", { number });
  return say(isHeld ? "act.fire" : WORDS[column], { number });
}

/** On expo a finished order is served: `Serve T3`. @param {import("./ticket-view.js").TicketView} view */
export function expoWords(view) {
  return view.column === "READY" ? say("act.serve", { place: view.place || String(view.number) }) : actionWords(view);
}
