/** Tells screen readers, politely, what arrives; nobody sees it. */

import { h, setText } from "../../../common/dom/dom.js";
import { say, sayList } from "../../../common/text/words.js";
import { freshChanges } from "../../state/ticket/changes.js";
import { callOf, faultOf, numberOf } from "../../state/orders/order-shape.js";

export class Announcer {
  constructor() {
    this.node = h("p", { class: "for-readers", "aria-live": "polite" });
  }

  /** @param {any} message  @param {any} before the order as it was, or undefined  @param {string | null} station whose board this is */
  hear(message, before, station) {
    if (message.type === "ORDER_UPDATED" && before) this.hearChanges(message, before, station);
    if (message.type === "NEW_ORDER") setText(this.node, newOrderWords(message));
    if (message.type === "SNAPSHOT") setText(this.node, boardWords(message.orders));
  }

  hearChanges(order, before, station) {
    if (faultOf(order) !== null || faultOf(before) !== null) return;
    const changes = freshChanges(before, order, station);
    if (changes.length > 0) setText(this.node, say("news.changed", { number: callOf(order), what: sayList(changes) }));
  }
}

function newOrderWords(order) {
  if (faultOf(order) !== null) return say("news.unshown", { number: numberOf(order) });
  const { table, customerName, itemCount: count } = order;
  const number = callOf(order);
  const place = table || customerName;
  return place ? say("news.orderAt", { number, place, count }) : say("news.order", { number, count });
}

function boardWords(orders) {
  const open = orders.filter((order) => order?.status === "SENT" || order?.status === "READY");
  return say("news.board", { count: open.length });
}
