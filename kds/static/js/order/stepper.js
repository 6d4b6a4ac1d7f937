/** Minus, a number, plus. */

import { h, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { say } from "../words.js";

export class Stepper {
  /** @param {(by: 1 | -1) => void} onStep */
  constructor(onStep) {
    this.minus = h("button", { type: "button", onclick: () => onStep(-1) }, icon("minus"));
    this.count = h("span", { class: "stepper-count", "aria-live": "polite" });
    this.plus = h("button", { type: "button", onclick: () => onStep(1) }, icon("plus"));
    this.node = h("div", { class: "stepper" }, this.minus, this.count, this.plus);
  }

  update(count, name) {
    setText(this.count, String(count));
    setAttribute(this.minus, "aria-label", say("order.less", { dish: name }));
    setAttribute(this.plus, "aria-label", say("order.more", { dish: name }));
  }
}
