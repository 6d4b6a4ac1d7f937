/** What of a change of the board a cook must hear: new, changed, void, late. Pure. */

import { freshChanges } from "../ticket/changes.js";
import { faultOf } from "../orders/order-shape.js";

/** Messages that change one order; a snapshot or what was stored is no news. */
const LIVE = new Set(["NEW_ORDER", "ORDER_UPDATED"]);

/**
 * @param {any} before  the order as it was, or undefined  @param {any} message  as it came
 * @param {string | null} station  whose board this is; null: all
 * @returns {"new" | "changed" | "void" | null}
 */
export function newsOf(before, message, station) {
  if (!LIVE.has(message.type) || message.later) return null;
  if (faultOf(message) !== null) return before ? "changed" : "new";
  if (!concerns(message, station)) return null;
  if (before && faultOf(before) !== null) return "changed";
  if (!before) return message.status === "SENT" ? "new" : null;
  if (countVoids(message, station) > countVoids(before, station)) return "void";
  if (message.kots.length > before.kots.length) return "new";
  const isRushed = message.priority > before.priority;
  const isFired = before.kots.some((kot) => kot.held && message.kots.some((now) => now.kotId === kot.kotId && !now.held));
  const isRecalled = message.kots.some((kot) => kot.recalled && isNewlyRecalled(before, kot));
  return isRushed || isFired || isRecalled || freshChanges(before, message, station).length > 0 ? "changed" : null;
}

function concerns(order, station) {
  return station === null || order.kots.some((kot) => kot.station === station);
}

function isNewlyRecalled(before, { kotId }) {
  return before.kots.some((kot) => kot.kotId === kotId && !kot.recalled);
}

function countVoids(order, station) {
  if (order.status === "CANCELLED") return Infinity;
  return order.items.filter((item) => item.voided && (station === null || item.station === station)).length;
}

/** Remembers which tickets were late, so that each is told once. */
export class LateWatch {
  constructor() {
    this.known = null;
  }

  /** @param {string[]} late orders that are late now @returns {boolean} whether one became late; never at the first look */
  hasNew(late) {
    const isNew = this.known !== null && late.some((orderId) => !this.known.has(orderId));
    this.known = new Set(late);
    return isNew;
  }
}
