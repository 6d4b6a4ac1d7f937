/** "Order 349, ready about 13:21": the guest's own open orders, above the menu, each a link to its page. */

import { Refused, request } from "../../../common/server/api.js";
import { KeyedList, h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { trackPath } from "./attempt.js";

const ASKED_EVERY_MS = 30_000;

export class PlacedBar {
  /** @param {import("./attempt.js").PlacedOrders} placed */
  constructor(placed) {
    this.placed = placed;
    this.timezone = undefined;
    this.answers = new Map();
    this.node = h("ul", { class: "placed", "aria-label": say("order.yours"), hidden: true });
    this.list = new KeyedList(this.node, ({ token }) => token, () => new PlacedLink());
    this.onShown = () => document.visibilityState === "visible" && this.ask();
  }

  /** @param {string} timezone of the branch */
  start(timezone) {
    this.timezone = timezone;
    document.addEventListener("visibilitychange", this.onShown);
    this.timer = setInterval(this.onShown, ASKED_EVERY_MS);
    return this.ask();
  }

  stop() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onShown);
  }

  /** What has ended is forgotten. */
  async ask() {
    const found = await Promise.all(this.placed.all().map((each) => this.open(each)));
    const orders = found.filter((order) => order !== null);
    this.list.update(orders.map((order) => ({ ...order, timezone: this.timezone })));
    setAttribute(this.node, "hidden", orders.length === 0);
  }

  /** The order as the server has it, or had it when nobody answers; null when it has ended. */
  async open({ orderId, token }) {
    try {
      const order = await request("GET", `/public/order/${encodeURIComponent(orderId)}?token=${encodeURIComponent(token)}`);
      if (order.status === "SENT" || order.status === "READY") this.answers.set(token, { ...order, token });
      else this.forget(token);
    } catch (error) {
      if (error instanceof Refused && error.status === 404) this.forget(token);
    }
    return this.answers.get(token) ?? null;
  }

  forget(token) {
    this.placed.drop(token);
    this.answers.delete(token);
  }
}

class PlacedLink {
  constructor() {
    this.words = h("span", {});
    this.node = h("li", {}, (this.link = h("a", { class: "placed-link" }, this.words, icon("right"))));
  }

  update(order) {
    setAttribute(this.link, "href", trackPath(order.orderId, order.token));
    setText(this.words, placedWords(order));
  }
}

function placedWords({ orderNumber, status, estimate, timezone }) {
  const number = orderNumber;
  if (status === "READY") return say("order.yoursReady", { number });
  const expected = Date.parse(estimate?.expectedAt);
  return Number.isNaN(expected)
    ? say("order.yoursCooking", { number })
    : say("order.yoursAbout", { number, time: timeOfDay(expected, timezone) });
}
