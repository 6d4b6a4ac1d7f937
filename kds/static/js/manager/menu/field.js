/** One field of a form: its name, where it is typed, and beside it why it was not taken. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";

let made = 0;

export class Field {
  /** @param {string} title @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control @param {{hint?: string, oninput?: () => void}} [more] */
  constructor(title, control, { hint = "", oninput = () => {} } = {}) {
    made += 1;
    const id = `dish-field-${made}`;
    this.control = control;
    control.id = id;
    control.addEventListener("input", () => {
      this.refuse("");
      oninput();
    });
    this.problem = h("p", { id: `${id}-problem`, class: "dish-problem", role: "alert" });
    const hintNode = hint ? h("p", { id: `${id}-hint`, class: "panel-hint" }, hint) : null;
    setAttribute(control, "aria-describedby", [hintNode?.id, this.problem.id].filter(Boolean).join(" "));
    this.node = h("div", { class: "dish-field" }, h("label", { for: id }, title), control, hintNode, this.problem);
  }

  get value() {
    return this.control.value;
  }

  set value(text) {
    if (this.control.value !== text) this.control.value = text;
  }

  /** @param {string} problem empty: none */
  refuse(problem) {
    setText(this.problem, problem);
    setAttribute(this.control, "aria-invalid", problem !== "" && "true");
  }

  focus() {
    this.control.focus();
  }
}

/** @param {Record<string, unknown>} [more] */
export const textField = (more = {}) => h("input", { type: "text", class: "office-field", autocomplete: "off", dir: "auto", ...more });

/** For digits: their order is the same in every language. @param {string} inputmode */
export const numberField = (inputmode) => h("input", { type: "text", class: "office-field", autocomplete: "off", inputmode, dir: "ltr" });
