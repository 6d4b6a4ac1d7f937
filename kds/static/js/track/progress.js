/** The words of an order's progress. Pure. No estimates: only what has happened, with its time. */

import { plural } from "../format.js";

const STEPS = ["Received", "Cooking", "Ready", "Served"];
const NOW = { SENT: 1, READY: 2, COMPLETED: 4 };

/** @param {(iso: string) => string} at the branch's time of day */
export function headline(order, at) {
  const received = `Received ${at(order.placedAt)}.`;
  switch (order.status) {
    case "READY":
      return {
        lead: order.orderType === "dine_in" ? "Your order is on its way" : "You can fetch your order",
        big: "Ready",
        words: `${order.readyAt ? `Ready since ${at(order.readyAt)}. ` : ""}${received}`,
      };
    case "COMPLETED":
      return {
        lead: "Enjoy your meal",
        big: order.orderType === "dine_in" ? "Served" : "Handed over",
        words: `${order.completedAt ? `At ${at(order.completedAt)}. ` : ""}${received}`,
      };
    case "CANCELLED":
      return {
        lead: "Your order was",
        big: "Cancelled",
        words: `${order.cancelledAt ? `At ${at(order.cancelledAt)}. ` : ""}Please ask the staff if you did not expect this.`,
      };
    default:
      return {
        lead: "Your order is in the kitchen",
        big: "Cooking",
        words: `${received} You will see here when it is ready.`,
      };
  }
}

/** @returns {{name: string, stage: "done" | "now" | "next", time: string}[]} */
export function stepsOf(order, at) {
  const reached = NOW[order.status] ?? 1;
  const times = [
    order.placedAt,
    null,
    order.status === "SENT" ? null : order.readyAt,
    order.status === "COMPLETED" ? order.completedAt : null,
  ];
  const last = order.orderType === "dine_in" ? "Served" : "Handed over";
  return STEPS.map((name, index) => ({
    name: index === 3 ? last : name,
    stage: index < reached ? "done" : index === reached ? "now" : "next",
    time: times[index] ? at(times[index]) : "",
  }));
}

export function dishWord(status) {
  return { SENT: "Cooking", READY: "Ready", COMPLETED: "Served", CANCELLED: "Cancelled" }[status] ?? "";
}

/** `1 of 4 dishes ready`, counting plates, not lines. */
export function readyCount(order) {
  const live = order.items.filter((item) => item.status !== "CANCELLED");
  const sum = (items) => items.reduce((count, item) => count + item.quantity, 0);
  const ready = sum(live.filter((item) => item.status !== "SENT"));
  return `${ready} of ${plural(sum(live), "dish", "dishes")} ready`;
}
