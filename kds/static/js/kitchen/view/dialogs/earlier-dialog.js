/** Every completed order of the shift, to be recalled: a list that a number narrows down. Asked of the server when opened. */

import { NoAnswer, Refused } from "../../../common/server/api.js";
import { h, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { byTime, momentOf } from "../../../common/text/moments.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { callOf, faultOf, numberOf } from "../../state/orders/order-shape.js";

const SHOWN = 60;

const nameOf = (order) => (faultOf(order) === null ? String(callOf(order)) : numberOf(order));

/** What may be typed for it: its name, the number in that, since a keyboard of digits has no letters, or the order's own number. */
function namesOf(order) {
  const name = nameOf(order).toLowerCase();
  return [name, name.replace(/^\D+/, ""), numberOf(order)];
}

export class EarlierDialog {
  /** @param {{fetch: () => Promise<{orders: any[]}>, timezone: () => string | undefined, onRecall: (order: any) => void, onWhole: (order: any) => void}} act  `timezone`: of the branch */
  constructor({ fetch, timezone, onRecall, onWhole }) {
    this.fetch = fetch;
    this.timezone = timezone;
    this.onRecall = onRecall;
    this.onWhole = onWhole;
    this.orders = [];
    this.turn = 0;
    this.input = h("input", {
      class: "earlier-number",
      type: "text",
      inputmode: "numeric",
      "aria-label": say("earlier.numberLabel"),
      placeholder: say("earlier.number"),
      oninput: () => this.paint(),
    });
    this.state = h("p", { role: "status" });
    this.list = h("ul", { class: "earlier-list" });
    this.node = h(
      "dialog",
      { class: "options earlier-dialog", "aria-label": say("earlier.title") },
      h("h2", {}, say("earlier.title")),
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
          say("close"),
        ),
      ),
    );
  }

  get isOpen() {
    return this.node.open;
  }

  async show() {
    if (this.isOpen) return;
    const turn = (this.turn += 1);
    this.orders = [];
    this.input.value = "";
    this.paint(say("board.fetching"));
    this.node.showModal();
    try {
      const { orders } = await this.fetch();
      if (turn !== this.turn) return; // closed and opened again: a newer answer is on its way, or here
      this.orders = orders.sort((a, b) => byTime(momentOf(b?.completedAt), momentOf(a?.completedAt)));
      this.paint();
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      if (turn === this.turn) this.paint(say("earlier.noAnswer"));
    }
  }

  paint(words = "") {
    const wanted = this.input.value.trim();
    const wantedName = wanted.toLowerCase();
    const found = this.orders.filter((order) => namesOf(order).some((name) => name.startsWith(wantedName)));
    const none = this.orders.length === 0 ? say("earlier.none") : say("earlier.noMatch", { wanted });
    setText(this.state, words || (found.length === 0 ? none : say("earlier.press")));
    this.list.replaceChildren(...found.slice(0, SHOWN).map((order) => this.row(order)));
  }

  row(order) {
    if (faultOf(order) !== null) return h("li", {}, say("earlier.unshown", { number: numberOf(order) }));
    const place = order.table || order.customerName || "";
    const time = timeOfDay(momentOf(order.completedAt), this.timezone());
    const recall = () => {
      this.node.close();
      this.onRecall(order);
    };
    return h(
      "li",
      { class: "earlier-item" },
      h(
        "button",
        {
          type: "button",
          class: "earlier-row",
          "aria-label": say("rail.completed", { number: nameOf(order), place, time }),
          onclick: recall,
        },
        h("strong", { dir: "auto" }, nameOf(order)),
        h("bdi", { class: "earlier-place" }, place),
        h("span", {}, time),
        icon("recall"),
        h("span", { class: "earlier-dishes" }, ...dishesOf(order)),
      ),
      h(
        "button",
        { type: "button", class: "earlier-whole", "aria-label": say("earlier.whole", { number: nameOf(order) }), onclick: () => this.onWhole(order) },
        icon("list"),
      ),
    );
  }
}

/** "2 Jalebi, 1 Raita": what was taken back is struck. */
function dishesOf({ items }) {
  return items.flatMap(({ quantity, name, voided }, index) => [
    index > 0 ? ", " : null,
    h(voided ? "s" : "bdi", {}, `${quantity} ${name}`),
  ]);
}
