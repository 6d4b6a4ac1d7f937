/** Asks once more before an order is cancelled, and says why when that is no longer possible. A dialog: Escape leaves it. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";

export class CancelSheet {
  /** @param {() => Promise<string>} cancel  the reason why not; empty when it is done */
  constructor(cancel) {
    this.cancel = cancel;
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.yes = h("button", { type: "button", class: "main-button cancel-yes", onclick: () => this.try() }, say("cancel.yes"));
    this.no = h("button", { type: "button", class: "main-button", onclick: () => this.node.close() }, say("cancel.no"));
    this.node = h(
      "dialog",
      { class: "sheet", "aria-label": say("cancel.title") },
      h("div", { class: "sheet-head" }, h("h2", {}, say("cancel.title"))),
      h("div", { class: "sheet-body" }, this.problem, h("p", {}, say("cancel.words"))),
      h("div", { class: "sheet-foot cancel-foot" }, this.no, this.yes),
    );
  }

  show() {
    setAttribute(this.problem, "hidden", true);
    this.yes.disabled = false;
    this.node.showModal();
  }

  async try() {
    this.yes.disabled = true;
    const problem = await this.cancel();
    if (!problem) {
      this.node.close();
      return;
    }
    setText(this.problem, problem);
    setAttribute(this.problem, "hidden", false);
    this.yes.disabled = false;
  }

  /** The kitchen has begun, or it is over: there is nothing to ask any more. */
  withdraw() {
    if (this.node.open && this.problem.hidden) this.node.close();
  }
}
