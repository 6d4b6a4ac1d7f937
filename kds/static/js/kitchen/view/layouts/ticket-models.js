/** What a ticket component needs, from a ticket's view and what is going on around it. Pure. */

import { age } from "../../../common/format.js";
import { bandOf } from "../../state/bands.js";

/**
 * @param {import("../../state/layout.js").Piece} piece
 * @param {import("../../state/ticket-view.js").TicketView} view
 * @param {string} digit
 * @param {import("./board-view.js").BoardModel} board
 * @returns {import("../ticket/ticket-head.js").TicketModel}
 */
export function ticketModel(piece, view, digit, { branch, now, selected, isPicking, waiting, fresh }) {
  const isTimed = !view.isVoid && !view.isHeld && now !== 0 && view.startedAt !== null;
  return {
    view,
    piece,
    band: bandOf(view, branch?.thresholds, now),
    ageText: isTimed ? age(now - view.startedAt) : "",
    digit,
    isSelected: view.key === selected,
    isPicking: isPicking && view.key === selected,
    waiting: waiting.get(view.orderId) ?? 0,
    isNew: fresh.has(view.orderId),
  };
}
