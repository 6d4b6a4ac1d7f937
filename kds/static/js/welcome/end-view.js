/** What there is to say when no password can be typed here, or no more: one heading, one sentence, one way on. */

import { h } from "../common/dom/dom.js";

export class EndView {
  /** @param {string} title @param {string} text @param {Node | null} [way] */
  constructor(title, text, way = null) {
    this.title = h("h1", { tabindex: "-1" }, title);
    const words = h("p", { class: "login-lead", role: "status" }, text);
    this.node = h("main", { class: "login" }, h("div", { class: "login-form" }, this.title, words, way));
  }

  start() {
    this.title.focus();
  }

  stop() {}
}
