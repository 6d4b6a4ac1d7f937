/** The form for another password of one's own: what it ends is said before, and a wrong present one counts as at the login. */

import { NoAnswer, Refused } from "../../common/server/api.js";
import { h, setText } from "../../common/dom/dom.js";
import { explain, waitWords } from "../../common/login/login-words.js";
import { NewPassword, nameField, passwordFault, passwordField } from "../../common/login/new-password.js";
import { TryButton } from "../../common/login/try-button.js";
import { say } from "../../common/text/words.js";

const WRONG = "wrong_password";

export class OwnPassword {
  /** @param {string} username @param {(present: string, chosen: string) => Promise<void>} change throws when it was refused */
  constructor(username, change) {
    this.change = change;
    this.present = passwordField("present", "current-password");
    this.fields = new NewPassword([this.present]);
    this.submit = new TryButton({ submit: say("password.submit"), busy: say("password.busy"), ...waitWords() });
    this.said = h("p", { class: "panel-said", role: "status", tabindex: "-1" });
    const name = nameField();
    name.value = username;
    this.node = h(
      "form",
      { class: "panel-form own-password", method: "post", novalidate: true },
      h("h2", {}, say("password.title")),
      h("p", { class: "login-limit" }, say("own.ends")),
      this.said,
      this.submit.problem,
      h("label", { for: "username" }, say("login.name")),
      name,
      h("label", { for: "present" }, say("own.present")),
      this.present,
      this.fields.rules,
      ...this.fields.nodes,
      this.submit.node,
    );
    this.node.onsubmit = (event) => {
      event.preventDefault();
      this.try();
    };
  }

  stop() {
    this.submit.stop();
  }

  async try() {
    if (this.submit.isBusy) return;
    const fault = this.present.value ? this.fields.fault() : [say("own.typePresent"), this.present];
    if (fault) {
      this.refuse(...fault);
      return;
    }
    if (navigator.onLine === false) {
      this.refuse(say("own.offline"), this.submit.node);
      return;
    }
    setText(this.said, "");
    this.submit.busy();
    try {
      await this.change(this.present.value, this.fields.value);
      this.succeed();
    } catch (error) {
      this.fail(error);
    }
  }

  succeed() {
    this.submit.ready();
    this.fields.clear();
    setText(this.said, say("own.done"));
    this.said.focus();
  }

  /** Whoever is told to wait waits; all else is mended in a field, or tried again. */
  fail(error) {
    if (error instanceof NoAnswer) this.refuse(say("own.unheard"), this.submit.node);
    else if (error instanceof Refused && error.status === 422) this.refuse(unprocessable(error), error.code === WRONG ? this.present : this.fields.password);
    else explain(this.submit, error, { 401: say("login.ended") });
  }

  /** @param {string} message @param {HTMLElement} field where it is mended */
  refuse(message, field) {
    this.submit.refuse(message);
    field.focus();
  }
}

function unprocessable(refused) {
  if (refused.code === WRONG) return say("own.wrong");
  return refused.code === "same_password" ? say("own.same") : passwordFault(refused);
}
