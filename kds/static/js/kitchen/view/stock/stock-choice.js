/** How many of a dish are left, 0 being sold out, and until when: chosen before the dish is pressed. */

import { westernDigits } from "../../../common/text/digits.js";
import { h, setAttribute } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayParts } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";

const LEFT_MAX = 9_999;
/** By the name of its text, as the server takes it. */
const UNTIL = { "stock.untilSaid": {}, "stock.untilTomorrow": { untilTomorrow: true }, "stock.forHour": { minutes: 60 } };
const NAMES = Object.keys(UNTIL);

export class StockChoice {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.number = h("input", {
      class: "stock-left",
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      "aria-label": say("stock.left"),
      oninput: () => this.typed(),
    });
    this.until = new Map(NAMES.map((name) => [name, h("button", { type: "button", class: "choice", onclick: () => this.choose(name) }, say(name))]));
    this.node = h(
      "div",
      { class: "stock-choice" },
      h(
        "div",
        { class: "choices", role: "group", "aria-label": say("stock.left") },
        h("span", { "aria-hidden": "true" }, say("stock.left")),
        h("div", { class: "stock-count" }, stepButton("stock.fewer", "smaller", "minus", () => this.count(-1)), this.number, stepButton("stock.more", "larger", "plus", () => this.count(1))),
      ),
      h("div", { class: "choices", role: "group", "aria-label": say("stock.until") }, keycap("tab"), ...this.until.values()),
    );
    this.startOver();
  }

  startOver() {
    this.left = 0;
    this.chosen = NAMES[0];
    this.paint();
  }

  /** As the server takes it. */
  get wanted() {
    const what = this.left === 0 ? { soldOut: true } : { soldOut: false, remaining: this.left };
    return { ...what, ...UNTIL[this.chosen] };
  }

  /** "Sold out, Until I say so" */
  get words() {
    const what = this.left === 0 ? say("reason.sold_out") : say("stock.counted", { count: this.left });
    return sayParts([what, say(this.chosen)]);
  }

  choose(name) {
    this.chosen = name;
    this.paint();
  }

  chooseNext() {
    this.choose(NAMES[(NAMES.indexOf(this.chosen) + 1) % NAMES.length]);
  }

  count(step) {
    this.left = Math.min(Math.max(this.left + step, 0), LEFT_MAX);
    this.paint();
  }

  /** Nothing, or what is no number, is 0. */
  typed() {
    const digits = westernDigits(this.number.value).replace(/\D/g, "").slice(0, 4);
    this.left = Number(digits);
    this.paint(digits);
  }

  paint(text = String(this.left)) {
    if (this.number.value !== text) this.number.value = text;
    for (const [name, button] of this.until) setAttribute(button, "aria-pressed", String(name === this.chosen));
    this.onChange();
  }
}

function stepButton(name, key, iconName, onclick) {
  return h("button", { type: "button", class: "choice", "aria-label": say(name), onclick }, keycap(key), icon(iconName));
}
