/** The form for the password of somebody new: whose it is, what it must be, then two fields, which can be shown. It only paints. */

import { h, setAttribute } from "../common/dom/dom.js";
import { NewPassword, nameField } from "../common/login/new-password.js";
import { TryButton } from "../common/login/try-button.js";
import { say } from "../common/text/words.js";

export class PasswordView {
  /** @param {(password: string) => void} onPassword @param {import("../common/login/try-button.js").TryWords} words */
  constructor(onPassword, words) {
    this.name = nameField();
    this.nameLabel = h("label", { for: "username" }, say("login.name"));
    this.fields = new NewPassword();
    this.submit = new TryButton(words);
    this.form = h(
      "form",
      { class: "login-form", method: "post", novalidate: true },
      h("h1", {}, say("password.title")),
      h("p", { class: "login-lead" }, say("welcome.lead")),
      this.fields.rules,
      this.submit.problem,
      this.nameLabel,
      this.name,
      ...this.fields.nodes,
      this.submit.node,
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.trySetting(onPassword);
    };
    this.node = h("main", { class: "login" }, this.form);
  }

  start() {
    this.fields.password.focus();
  }

  stop() {
    this.submit.stop();
  }

  get isBusy() {
    return this.submit.isBusy;
  }

  /** @param {string} username whose password it is; empty: nobody could tell */
  isOf(username) {
    this.name.value = username;
    for (const node of [this.name, this.nameLabel]) setAttribute(node, "hidden", username === "");
  }

  trySetting(onPassword) {
    if (this.submit.isBusy) return;
    const fault = this.fields.fault();
    if (fault) {
      const [words, field] = fault;
      this.submit.refuse(words);
      field.focus();
      return;
    }
    this.submit.busy();
    onPassword(this.fields.value);
  }

  refuse(message) {
    this.submit.refuse(message);
    this.fields.password.focus();
  }

  /** Says something before the first try. @param {string} message */
  tell(message) {
    this.submit.tell(message);
  }

  wait(seconds) {
    this.submit.wait(seconds);
  }
}
