/** Asks once more before the printed code of a table ends, and says why when that did not work. Escape leaves it. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say, tableWords } from "../../common/text/words.js";

export class RenewDialog {
  /** @param {(table: string) => Promise<string>} renew  the reason why not; empty when it is done */
  constructor(renew) {
    this.renew = renew;
    this.table = "";
    this.title = h("h2", { id: "renew-title", dir: "auto" });
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.yes = h("button", { type: "button", class: "renew-yes", onclick: () => this.try() }, say("sheet.renewYes"));
    this.no = h("button", { type: "button", onclick: () => this.node.close() }, say("sheet.renewNo"));
    this.node = h(
      "dialog",
      { class: "renew", "aria-labelledby": "renew-title" },
      this.title,
      this.problem,
      h("p", {}, say("sheet.renewWords")),
      h("p", { class: "renew-foot" }, this.no, this.yes),
    );
  }

  /** @param {string} table */
  show(table) {
    this.table = table;
    setText(this.title, say("sheet.renewTitle", { table: tableWords(table) }));
    setAttribute(this.problem, "hidden", true);
    this.node.showModal();
  }

  async try() {
    this.yes.disabled = true;
    const problem = await this.renew(this.table);
    this.yes.disabled = false;
    setText(this.problem, problem);
    setAttribute(this.problem, "hidden", !problem);
    if (!problem) this.node.close();
  }
}
