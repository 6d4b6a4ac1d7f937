/** For how long a dish is sold out, or how many are left of it. Escape leaves it as it is. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { readNumber } from "./amounts.js";
import { Field, numberField } from "./field.js";
import { isSpecial } from "./stock-words.js";

const LEFT_MAX = 9_999;
const HOUR_MIN = 60;

export class StockDialog {
  /** @param {(dish: any, wanted: object) => Promise<void>} onStock says itself what went wrong */
  constructor(onStock) {
    this.onStock = onStock;
    this.name = h("bdi");
    this.left = new Field(say("menu.leftCount"), numberField("numeric"));
    this.lift = way("menu.lift", () => this.choose({ soldOut: false }));
    const close = h("button", { type: "button", class: "office-button", onclick: () => this.close() }, say("office.no"));
    this.form = h("form", { class: "stock-count", novalidate: true }, this.left.node, h("button", { type: "submit", class: "office-button" }, say("menu.count")));
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.count();
    };
    this.first = way("menu.outUntilSaid", () => this.choose({ soldOut: true }));
    this.node = h(
      "dialog",
      { class: "office-dialog stock", "aria-labelledby": "stock-title" },
      h("h2", { id: "stock-title" }, this.name),
      h(
        "div",
        { class: "stock-ways" },
        this.lift,
        this.first,
        way("menu.outHour", () => this.choose({ soldOut: true, minutes: HOUR_MIN })),
        way("menu.outTomorrow", () => this.choose({ soldOut: true, untilTomorrow: true })),
      ),
      this.form,
      h("p", { class: "office-foot" }, close),
    );
  }

  /** @param {any} dish */
  ask(dish) {
    this.dish = dish;
    setText(this.name, dish.name);
    setAttribute(this.lift, "hidden", !isSpecial(dish));
    this.left.value = dish.soldOut || dish.remaining === null ? "" : String(dish.remaining);
    this.left.refuse("");
    this.node.showModal();
    (isSpecial(dish) ? this.lift : this.first).focus();
  }

  close() {
    if (this.node.open) this.node.close();
  }

  count() {
    const left = readNumber(this.left.value);
    if (left === 0) this.choose({ soldOut: true });
    else if (Number.isInteger(left) && left <= LEFT_MAX) this.choose({ soldOut: false, remaining: left });
    else {
      this.left.refuse(say("menu.badCount"));
      this.left.focus();
    }
  }

  choose(wanted) {
    this.close();
    this.onStock(this.dish, wanted);
  }
}

const way = (name, onclick) => h("button", { type: "button", class: "office-button", onclick }, say(name));
