/** In the place of a panel: why there is none, after what was done there last. */

import { h } from "../../common/dom/dom.js";

export class PanelNote {
  /** @param {string} staffId whose panel it would be @param {string} words why there is none @param {string} done what was done there last; empty: nothing */
  constructor(staffId, words, done) {
    this.staffId = staffId;
    this.words = words;
    this.done = done;
    this.title = h("p", { class: done ? "panel-said" : "panel-hint", tabindex: "-1" }, done || words);
    this.node = h("div", { class: "panel-part" }, this.title, done ? h("p", { class: "panel-hint" }, words) : null);
  }
}
