/** Every completed order of the shift, to be recalled: a list that a number narrows down. Asked of the server when opened. */

import { NoAnswer, Refused } from "../../common/api.js";
import { h, setText } from "../../common/dom.js";
import { timeOfDay } from "../../common/format.js";
import { icon } from "../../common/icons.js";
import { byTime, momentOf } from "../../common/moments.js";
import { keycap } from "../device/keycap.js";
import { faultOf, numberOf } from "../state/order-shape.js";

const SHOWN = 60;

export class EarlierDialog {
  /** @param {{fetch: () => Promise<{orders: any[]}>, onRecall: (order: any) => void}} act */
  constructor({ fetch, onRecall }) {
    this.fetch = fetch;
    this.onRecall = onRecall;
    this.orders = [];
    this.timezone = undefined;
    this.input = h("input", {
      class: "earlier-number",
      type: "text",
      inputmode: "numeric",
      "aria-label": "Number of the order",
      placeholder: "Number",
      oninput: () => this.paint(),
    });
    this.state = h("p", { role: "status" });
    this.list = h("ul", { class: "earlier-list" });
    this.node = h(
      "dialog",
      { class: "options earlier-dialog", "aria-label": "Earlier orders" },
      h("h2", {}, "Earlier orders"),
      this.input,
      this.state,
      this.list,
      h(
        "div",
        { class: "options-end" },
        h(
          "button",
          { type: "button", class: "choice choice-main", onclick: () => this.node.close() },
          keycap("leave"),
          "Close",
        ),
      ),
    );
  }

  get isOpen() {
    return this.node.open;
  }

  /** @param {string} timezone of the branch */
  async show(timezone) {
    this.timezone = timezone;
    this.orders = [];
    this.input.value = "";
    this.paint("Fetching the orders");
    this.node.showModal();
    try {
      const { orders } = await this.fetch();
      this.orders = orders.sort((a, b) => byTime(momentOf(b?.completedAt), momentOf(a?.completedAt)));
      this.paint();
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      this.paint("No answer from the server. Close this and try again.");
    }
  }

  paint(words = "") {
    const wanted = this.input.value.trim();
    const found = this.orders.filter((order) => numberOf(order).startsWith(wanted));
    const none = this.orders.length === 0 ? "No order was completed yet." : `No completed order begins with ${wanted}.`;
    setText(this.state, words || (found.length === 0 ? none : "Press one to bring it back to the pass."));
    this.list.replaceChildren(...found.slice(0, SHOWN).map((order) => this.row(order)));
  }

  row(order) {
    if (faultOf(order) !== null) return h("li", {}, `Order ${numberOf(order)} cannot be shown: look it up at the till.`);
    const place = order.table || order.customerName || "";
    const time = timeOfDay(momentOf(order.completedAt), this.timezone);
    const recall = () => {
      this.node.close();
      this.onRecall(order);
    };
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "earlier-row",
          "aria-label": `Recall ${order.orderNumber}, ${place}, completed ${time}`,
          onclick: recall,
        },
        h("strong", {}, String(order.orderNumber)),
        h("bdi", { class: "earlier-place" }, place),
        h("span", {}, time),
        icon("recall"),
      ),
    );
  }
}
