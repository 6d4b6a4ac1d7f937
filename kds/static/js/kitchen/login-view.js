/** The login form of the kitchen; says in plain words what went wrong, and counts down when told to wait. */

import { h, setAttribute, setText } from "../dom.js";
import { lasting } from "../format.js";
import { icon } from "../icons.js";

export class LoginView {
  /** @param {{onLogin: (username: string, password: string) => void}} act */
  constructor(act) {
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
    this.submit = h("button", { type: "submit", class: "login-submit" }, "Sign in");
    this.form = h(
      "form",
      { class: "login-form", method: "post", novalidate: true },
      h("h1", {}, "Kitchen board"),
      h("p", { class: "login-lead" }, "Sign in once; this screen stays signed in."),
      this.problem,
      h("label", { for: "username" }, "Name"),
      this.username,
      h("label", { for: "password" }, "Password"),
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
      this.refuse(missing === this.username ? "Type your name." : "Type your password.");
      missing.focus();
      return;
    }
    this.busy();
    act.onLogin(this.username.value.trim(), this.password.value);
  }

  busy() {
    this.submit.disabled = true;
    setText(this.submit, "Signing in");
    setAttribute(this.problem, "hidden", true);
  }

  /** Shows why not, and lets the person try again. */
  refuse(message) {
    clearInterval(this.waitTimer);
    this.submit.disabled = false;
    setText(this.submit, "Sign in");
    this.problem.replaceChildren(icon("warning"), h("span", {}, message));
    setAttribute(this.problem, "hidden", false);
  }

  /** Too many tries: the button comes back when the server will listen again. */
  wait(seconds) {
    const until = performance.now() + seconds * 1000;
    const show = () => {
      const left = until - performance.now();
      if (left <= 0) {
        this.refuse("You can try again now.");
        return;
      }
      setText(this.submit, `Wait ${lasting(left + 999)}`);
    };
    this.refuse(`Too many tries. Wait ${lasting(seconds * 1000)}, then try again.`);
    this.submit.disabled = true;
    show();
    this.waitTimer = setInterval(show, 500);
  }
}
