/** Two fields for a new password, which can be shown, and why it is none. It only paints. */

import { h, setAttribute } from "../dom/dom.js";
import { say } from "../text/words.js";

/** As kds/web/login/password_rules.py has them; in characters, not in bytes or UTF-16 units. */
const SHORTEST = 8;
const LONGEST = 200;
const FAULTS = {
  length: "password.length",
  characters: "password.characters",
  common: "password.common",
  pattern: "password.pattern",
  name: "password.name",
};

/** What to say of a new password that the server refused; of a rule that is younger than this page, what helps with any. @param {import("../server/api.js").Refused} refused */
export const passwordFault = ({ fault }) => say(FAULTS[fault] ?? "password.weak");

/** The name for which the browser keeps the password. */
export const nameField = () => h("input", { id: "username", name: "username", type: "text", autocomplete: "username", readonly: true, dir: "auto" });

/** @param {string} id @param {"new-password" | "current-password"} kind @param {string} [describedBy] */
export const passwordField = (id, kind, describedBy = null) =>
  h("input", {
    id,
    name: id,
    type: "password",
    autocomplete: kind,
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    maxlength: LONGEST,
    "aria-describedby": describedBy,
  });

export class NewPassword {
  /** @param {HTMLInputElement[]} [beside] fields that are shown with these two */
  constructor(beside = []) {
    this.password = passwordField("password", "new-password", "rules");
    this.again = passwordField("again", "new-password", "rules");
    this.fields = [...beside, this.password, this.again];
    this.shown = h("input", { type: "checkbox", id: "show", onchange: () => this.show(this.shown.checked) });
    this.rules = h("p", { class: "login-limit", id: "rules" }, say("password.rules"));
    this.nodes = [
      h("label", { for: "password" }, say("password.new")),
      this.password,
      h("label", { for: "again" }, say("password.again")),
      this.again,
      h("label", { class: "login-check" }, this.shown, say("password.show")),
    ];
  }

  get value() {
    return this.password.value;
  }

  show(isShown) {
    for (const field of this.fields) setAttribute(field, "type", isShown ? "text" : "password");
  }

  /** Empty, and hidden again. */
  clear() {
    for (const field of this.fields) field.value = "";
    this.shown.checked = false;
    this.show(false);
  }

  /** What can be said without asking, and where it is mended; null: nothing. @returns {[string, HTMLInputElement] | null} */
  fault() {
    const length = [...this.value].length;
    if (length === 0) return [say("login.typePassword"), this.password];
    if (length < SHORTEST) return [say("password.tooShort", { count: length }), this.password];
    if (this.again.value !== this.value) return [say("password.differ"), this.again];
    return null;
  }
}
