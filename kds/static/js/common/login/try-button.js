/** The button that sends a form of the staff, and the line that says why not: once more, later, or when the wait is over. */

import { h, setAttribute, setText } from "../dom/dom.js";
import { icon } from "../dom/icons.js";

/** @typedef {{submit: string, busy: string, tryNow: string, wait: (leftMs: number) => string, tooMany: (waitMs: number) => string}} TryWords */

export class TryButton {
  /** @param {TryWords} words */
  constructor(words) {
    this.words = words;
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.node = h("button", { type: "submit", class: "login-submit" }, words.submit);
    this.waitTimer = 0;
  }

  get isBusy() {
    return this.node.disabled;
  }

  stop() {
    clearInterval(this.waitTimer);
  }

  busy() {
    this.node.disabled = true;
    setText(this.node, this.words.busy);
    setAttribute(this.problem, "hidden", true);
  }

  /** It did, and may be tried once more. */
  ready() {
    clearInterval(this.waitTimer);
    this.node.disabled = false;
    setText(this.node, this.words.submit);
    setAttribute(this.problem, "hidden", true);
  }

  /** Shows why not, and lets the person try again. @param {string} message @param {...Node} [more] a way on */
  refuse(message, ...more) {
    this.ready();
    this.tell(message, ...more);
  }

  /** Says something that is not about this try, and leaves the button as it is. @param {string} message @param {...Node} [more] */
  tell(message, ...more) {
    this.problem.replaceChildren(icon("warning"), h("span", {}, message, ...more));
    setAttribute(this.problem, "hidden", false);
  }

  /** Too many tries: the button comes back when the server will listen again. */
  wait(seconds) {
    const until = performance.now() + seconds * 1000;
    const show = () => {
      const left = until - performance.now();
      if (left <= 0) {
        this.refuse(this.words.tryNow);
        return;
      }
      setText(this.node, this.words.wait(left + 999));
    };
    this.refuse(this.words.tooMany(seconds * 1000));
    this.node.disabled = true;
    show();
    this.waitTimer = setInterval(show, 500);
  }
}
