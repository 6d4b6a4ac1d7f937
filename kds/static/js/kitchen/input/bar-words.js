/** What the bottom bar says: what each of its buttons would do here and now. Pure. */

import { say } from "../../common/text/words.js";
import { actionWords, expoWords } from "../state/ticket/action-words.js";

/** @param {{cursor: import("./cursor.js").Cursor, painted: import("./painted.js").Painted, aim: import("./aim.js").Aim, undo: {words: string} | null}} at */
export function barWords({ cursor, painted, aim, undo }) {
  const { view } = cursor;
  const first = painted.viewOf(painted.first);
  const { isExpo, onScreen } = painted;
  const isLive = view !== null && !view.isVoid;
  const canAim = (name) => (view ? aim.canHit(name, view) : first !== null);
  const main = view && (isExpo ? expoWords(view) : actionWords(view));
  return {
    mainWord: aim.name ? aim.words(view) : (main ?? (first ? say("act.select", { number: first.number }) : "")),
    mainPlace: main && !aim.name && !isExpo ? view.place : "",
    aim: aim.name,
    canPick: canPickInside(view),
    isPicking: cursor.isPicking,
    picks: say(isExpo ? "bar.stations" : "bar.items"),
    canHold: canAim("hold"),
    isHeld: isLive && view.isHeld,
    canRush: canAim("rush"),
    isRush: isLive && view.priority > 0,
    page: cursor.page,
    pageCount: onScreen.pageCount,
    more: onScreen.more,
    undoWord: undo ? say("act.undo", { what: undo.words }) : "",
    recallWord: view && view.column !== "SENT" && !view.isVoid ? say("act.recall", { number: view.number }) : "",
  };
}

/** Whether there are dishes, or stations, to choose with a digit. @param {import("../state/ticket/ticket-view.js").TicketView | null} view */
export const canPickInside = (view) => view !== null && !view.isVoid && view.column === "SENT";
