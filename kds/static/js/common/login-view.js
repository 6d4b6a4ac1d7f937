/** The login form; says in plain words what went wrong, and counts down when told to wait. */

import { h, setAttribute, setText } from "./dom.js";
import { lasting } from "./format.js";
import { icon } from "./icons.js";

/**
 * @typedef {{
 *   title: string, lead: string, name: string, password: string, submit: string, busy: string, typeName: string,
 *   typePassword: string, tryNow: string, wait: (leftMs: number) => string, tooMany: (waitMs: number) => string,
 * }} LoginWords
 */

const KITCHEN_WORDS = {
  title: "Kitchen board",
  lead: "Sign in once; this screen stays signed in.",
  name: "Name",
  password: "Password",
  submit: "Sign in",
  busy: "Signing in",
  typeName: "Type your name.",
  typePassword: "Type your password.",
  tryNow: "You can try again now.",
  wait: (leftMs) => `Wait ${lasting(leftMs)}`,
  tooMany: (waitMs) => `Too many tries. Wait ${lasting(waitMs)}, then try again.`,
};

export class LoginView {
  /** @param {{onLogin: (username: string, password: string) => void}} act @param {LoginWords} [words] */
  constructor(act, words = KITCHEN_WORDS) {
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
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.submit = h("button", { type: "submit", class: "login-submit" }, words.submit);
    this.form = h(
      "form",
      { class: "login-form", method: "post", novalidate: true },
      h("h1", {}, words.title),
      h("p", { class: "login-lead" }, words.lead),
      this.problem,
      h("label", { for: "username" }, words.name),
      this.username,
      h("label", { for: "password" }, words.password),
      this.password,
      this.submit,
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.tryLogin(act);
    };
    this.node = h("main", { class: "login" }, this.form);
    this.waitTimer = 0;
  }

  start(message) {
    if (message) this.refuse(message);
    this.username.focus();
  }

  stop() {
    clearInterval(this.waitTimer);
  }

  tryLogin(act) {
    if (this.submit.disabled) return;
    const missing = !this.username.value.trim() ? this.username : !this.password.value ? this.password : null;
    if (missing) {
      this.refuse(missing === this.username ? this.words.typeName : this.words.typePassword);
      missing.focus();
      return;
    }
    this.busy();
    act.onLogin(this.username.value.trim(), this.password.value);
  }

  busy() {
    this.submit.disabled = true;
    setText(this.submit, this.words.busy);
    setAttribute(this.problem, "hidden", true);
  }

  /** Shows why not, and lets the person try again. */
  refuse(message) {
    clearInterval(this.waitTimer);
    this.submit.disabled = false;
    setText(this.submit, this.words.submit);
    this.problem.replaceChildren(icon("warning"), h("span", {}, message));
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
      setText(this.submit, this.words.wait(left + 999));
    };
    this.refuse(this.words.tooMany(seconds * 1000));
    this.submit.disabled = true;
    show();
    this.waitTimer = setInterval(show, 500);
  }
}
