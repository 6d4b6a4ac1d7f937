/** A calm word over the bottom bar about the last press; it goes by itself and moves nothing. */

import { h, setAttribute } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";

const SHOWN_MS = 8_000;

export class Notice {
  constructor() {
    this.node = h("div", { class: "notice", role: "status" });
    this.timer = 0;
  }

  /** @param {string} text @param {"calm" | "bad"} tone */
  show(text, tone = "calm") {
    clearTimeout(this.timer);
    setAttribute(this.node, "data-tone", tone);
    this.node.replaceChildren(h("p", {}, icon(tone === "bad" ? "warning" : "note"), h("span", {}, text)));
    this.timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  clear() {
    clearTimeout(this.timer);
    this.node.replaceChildren();
  }
}
