/** Everything that the bars have no room for, a button each with its key. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { commandWords } from "../../input/keys.js";

/** @typedef {{id: string, run: () => void}} MoreAction  `id`: of a command of input/keys.js */

export class MoreDialog {
  /** @param {MoreAction[]} actions */
  constructor(actions) {
    this.words = new Map();
    this.buttons = new Map();
    const buttons = actions.map((action) => this.button(action));
    const close = h("button", { type: "button", class: "choice choice-main", onclick: () => this.node.close() }, keycap("leave"), say("close"));
    this.node = h(
      "dialog",
      { class: "options more-dialog", "aria-label": say("bar.more") },
      h("h2", {}, say("bar.more")),
      h("div", { class: "choices" }, ...buttons),
      h("div", { class: "options-end" }, close),
    );
  }

  button({ id, run }) {
    const word = h("span", {}, commandWords(id));
    this.words.set(id, word);
    const press = () => {
      this.node.close();
      run();
    };
    const button = h("button", { type: "button", class: "choice", "data-action": id, onclick: press }, keycap(id), word);
    this.buttons.set(id, button);
    return button;
  }

  /** What this login may not do is not offered. @param {string} id @param {boolean} isAllowed */
  offer(id, isAllowed) {
    setAttribute(this.buttons.get(id), "hidden", !isAllowed);
  }

  /** @param {Record<string, string>} words by id, where they change */
  update(words) {
    for (const [id, text] of Object.entries(words)) setText(this.words.get(id), text);
  }

  show() {
    this.node.showModal();
  }

  get isOpen() {
    return this.node.open;
  }
}
