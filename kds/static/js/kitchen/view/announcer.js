/** Tells screen readers, politely, what arrives; nobody sees it. */

import { h, setText } from "../../common/dom.js";
import { plural } from "../../common/format.js";
import { faultOf, numberOf } from "../state/order-shape.js";

export class Announcer {
  constructor() {
    this.node = h("p", { class: "for-readers", "aria-live": "polite" });
  }

  hear(message) {
    if (message.type === "NEW_ORDER") setText(this.node, newOrderWords(message));
    if (message.type === "SNAPSHOT") setText(this.node, boardWords(message.orders));
  }
}

function newOrderWords(order) {
  if (faultOf(order) !== null) return `Order ${numberOf(order)} cannot be shown`;
  const { orderNumber, table, customerName, itemCount } = order;
  const place = table || customerName;
  return `New order ${orderNumber}${place ? `, ${place}` : ""}, ${plural(itemCount, "dish", "dishes")}`;
}

function boardWords(orders) {
  const open = orders.filter((order) => order?.status === "SENT" || order?.status === "READY");
  return `${plural(open.length, "open order", "open orders")} on the board`;
}
