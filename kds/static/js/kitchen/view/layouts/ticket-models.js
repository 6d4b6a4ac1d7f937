/** What a ticket component needs, from a ticket's view and what is going on around it. Pure. */

import { timeOfDay } from "../../../common/text/format.js";
import { say } from "../../../common/text/words.js";
import { age } from "../../state/ticket/age.js";
import { bandOf } from "../../state/ticket/bands.js";

/** "12:54", or nothing: held and void ones have no clock. @param {import("../../state/ticket/ticket-view.js").TicketView} view */
export function ageOf(view, now) {
  const isTimed = !view.isVoid && !view.isHeld && now !== 0 && view.startedAt !== null;
  return isTimed ? age(now - view.startedAt) : "";
}

/**
 * @param {import("../../state/layouts/tear.js").Piece} piece
 * @param {import("../../state/ticket/ticket-view.js").TicketView} view
 * @param {string} digit
 * @param {import("./board-view.js").BoardModel} board
 * @param {{widthPx: number, marks: Set<string>}} place
 * @returns {import("../ticket/ticket-head.js").TicketModel}
 */
export function ticketModel(piece, view, digit, { branch, now, selected, isPicking, waiting, fresh, sizes }, { widthPx, marks }) {
  return {
    view,
    piece,
    band: bandOf(view, branch?.thresholds, now),
    ageText: ageOf(view, now),
    dueText: view.dueAt === null ? "" : say("ticket.dueAt", { time: timeOfDay(view.dueAt, branch?.timezone) }),
    digit,
    isSelected: view.key === selected,
    isPicking: isPicking && view.key === selected,
    waiting: waiting.get(view.orderId) ?? 0,
    isNew: fresh.has(view.orderId),
    widthPx,
    sizes,
    marks,
  };
}
