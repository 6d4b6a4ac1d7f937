/**
 * Runs what paints the screen. When it throws, the screen says that it is not up to date, keys act on nothing, and the
 * next state is tried: a picture that stood still under the word "Live" would be believed.
 */

import { h, setAttribute } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";

export class RenderGuard {
  /** @param {{paint: () => void, onBlind: () => void}} wiring  `onBlind`: what was painted before may not be acted on */
  constructor({ paint, onBlind }) {
    this.paint = paint;
    this.onBlind = onBlind;
    this.isBlind = false;
    this.node = h(
      "div",
      { class: "banner paint-banner", "data-phase": "offline", role: "alert", hidden: true },
      h("span", { class: "banner-symbol" }, icon("warning")),
      h("strong", { class: "banner-title" }, say("banner.blind")),
      h(
        "div",
        { class: "banner-words" },
        h("strong", {}, say("banner.blindWhat")),
        h("span", { class: "banner-advice" }, say("banner.blindAdvice")),
      ),
      h("button", { type: "button", class: "banner-button", onclick: () => location.reload() }, say("banner.reload")),
    );
  }

  /** Paints, now. */
  run() {
    try {
      this.paint();
      this.isBlind = false;
    } catch (error) {
      if (!this.isBlind) console.error("the screen is not painted:", error);
      this.isBlind = true;
      this.onBlind();
    }
    setAttribute(this.node, "hidden", !this.isBlind);
  }
}
