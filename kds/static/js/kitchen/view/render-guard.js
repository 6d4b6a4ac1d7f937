/**
 * Runs what paints the screen. When it throws, the screen says that it is not up to date, keys act on nothing, and the
 * next state is tried: a picture that stood still under the word "Live" would be believed.
 */

import { h, setAttribute } from "../../common/dom.js";
import { icon } from "../../common/icons.js";

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
      h("strong", { class: "banner-title" }, "NOT UP TO DATE"),
      h(
        "div",
        { class: "banner-words" },
        h("strong", {}, "This screen cannot paint what it hears."),
        h("span", { class: "banner-advice" }, "Look at another screen. It tries again at every change; reloading may help."),
      ),
      h("button", { type: "button", class: "banner-button", onclick: () => location.reload() }, "Reload"),
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
