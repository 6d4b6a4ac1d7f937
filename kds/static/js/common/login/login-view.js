/** The login form; says in plain words what went wrong, and counts down when told to wait. */

import { h } from "../dom/dom.js";
import { TryButton } from "./try-button.js";

/**
 * @typedef {import("./try-button.js").TryWords & {
 *   title: string, lead: string, limits: string[], name: string, password: string, typeName: string, typePassword: string,
 * }} LoginWords
 */

export class LoginView {
  /** @param {{onLogin: (username: string, password: string) => void}} act @param {LoginWords} words */
  constructor(act, words) {
    this.words = words;
    this.username = h("input", {
      id: "username",
      name: "username",
      type: "text",
      autocomplete: "username",
      autocapitalize: "none",
      spellcheck: "false",
      required: true,
      maxlength: 100,
    });
    this.password = h("input", {
      id: "password",
      name: "password",
      type: "password",
      autocomplete: "current-password",
      required: true,
      maxlength: 200,
    });
    this.submit = new TryButton(words);
    this.form = h(
      "form",
      { class: "login-form", method: "post", novalidate: true },
      h("h1", {}, words.title),
      h("p", { class: "login-lead" }, words.lead),
      ...words.limits.map((limit) => h("p", { class: "login-limit" }, limit)),
      this.submit.problem,
      h("label", { for: "username" }, words.name),
      this.username,
      h("label", { for: "password" }, words.password),
      this.password,
      this.submit.node,
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.tryLogin(act);
    };
    this.node = h("main", { class: "login" }, this.form);
  }

  start(message) {
    if (message) this.refuse(message);
    this.username.focus();
  }

  stop() {
    this.submit.stop();
  }

  tryLogin(act) {
    if (this.submit.isBusy) return;
    const missing = !this.username.value.trim() ? this.username : !this.password.value ? this.password : null;
    if (missing) {
      this.refuse(missing === this.username ? this.words.typeName : this.words.typePassword);
      missing.focus();
      return;
    }
    this.submit.busy();
    act.onLogin(this.username.value.trim(), this.password.value);
  }

  /** Shows why not, and lets the person try again. @param {string} message @param {...Node} [more] a way on */
  refuse(message, ...more) {
    this.submit.refuse(message, ...more);
  }

  /** Says something beside a try that may be under way. @param {string} message */
  tell(message) {
    this.submit.tell(message);
  }

  /** @param {number} seconds until the server listens again */
  wait(seconds) {
    this.submit.wait(seconds);
  }
}
