/** Asks once more before something ends, and says why when that did not work. Escape leaves everything as it is. */

import { NoAnswer } from "../../common/server/api.js";
import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { refusalOf } from "./refusals.js";

export class ConfirmDialog {
  constructor() {
    this.act = async () => {};
    this.title = h("h2", { id: "confirm-title", tabindex: "-1" });
    this.words = h("p");
    this.more = h("div");
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.yes = h("button", { type: "button", class: "office-danger", onclick: () => this.try() });
    this.no = h("button", { type: "button", class: "office-button", onclick: () => this.close() }, say("office.no"));
    // a browser closes at the second Escape whatever `cancel` says, so the key is heard too
    const stay = (event) => {
      if (this.yes.disabled) event.preventDefault();
    };
    const stayOnEscape = (event) => {
      if (event.code === "Escape") stay(event);
    };
    this.node = h(
      "dialog",
      { class: "office-dialog", "aria-labelledby": "confirm-title", oncancel: stay, onkeydown: stayOnEscape },
      this.title,
      this.words,
      this.more,
      this.problem,
      h("p", { class: "office-foot" }, this.no, this.yes),
    );
  }

  /**
   * @param {{title: string, words: string, yes: string, no?: string, unheard?: string, act: () => Promise<void>, more?: Node}} question
   *   `more`: what is to be chosen; `act` throws when it was refused; `unheard`: what to do when no answer came
   */
  ask({ title, words, yes, no = say("office.no"), unheard = "", act, more }) {
    this.act = act;
    this.unheard = unheard;
    this.yesWords = yes;
    this.busy(false);
    setText(this.no, no);
    setText(this.title, title);
    setText(this.words, words);
    this.more.replaceChildren(...(more ? [more] : []));
    setAttribute(this.problem, "hidden", true);
    this.node.showModal();
    this.no.focus();
  }

  close() {
    if (this.node.open) this.node.close();
  }

  async try() {
    if (this.yes.disabled) return;
    const { act } = this;
    this.busy(true);
    this.title.focus();
    try {
      await act();
      if (this.act === act) this.close();
    } catch (error) {
      if (this.act !== act) return; // the section was left, and another question stands here
      this.busy(false);
      setText(this.problem, (error instanceof NoAnswer && this.unheard) || refusalOf(error));
      setAttribute(this.problem, "hidden", false);
      if (this.node.open) this.yes.focus();
    }
  }

  /** What is under way is not called off any more: neither No nor Escape may look as if it were. */
  busy(isBusy) {
    this.yes.disabled = isBusy;
    this.no.disabled = isBusy;
    setText(this.yes, isBusy ? say("staff.busy") : this.yesWords);
  }
}
