/** What gives way in a bar that is too narrow, one thing after the other, only until the rest fits. */

import { setAttribute } from "../../../common/dom/dom.js";

export class GiveWay {
  /** @param {HTMLElement} bar  @param {string[]} steps names for `data-less`, which the style sheet knows, the first to go first */
  constructor(bar, steps) {
    this.bar = bar;
    this.steps = steps;
    this.fitted = "";
  }

  /** @param {string} words all that stands in the bar, and how wide it is: only when this changes is it fitted anew */
  fit(words) {
    if (words === this.fitted) return;
    this.fitted = words;
    let count = 0;
    setAttribute(this.bar, "data-less", null);
    while (count < this.steps.length && this.bar.scrollWidth > this.bar.clientWidth) {
      count += 1;
      setAttribute(this.bar, "data-less", this.steps.slice(0, count).join(" "));
    }
  }

  /** The letters have another size. */
  forget() {
    this.fitted = "";
  }
}
