/** The choices that a guest has with a dish, and what each adds to its price: a row each, and a way to add one. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say } from "../../common/text/words.js";
import { numberField, textField } from "./field.js";

export class ChoiceRows {
  /** @param {string} currency @param {() => void} oninput */
  constructor(currency, oninput) {
    this.oninput = () => {
      this.refuse("");
      oninput();
    };
    this.rows = [];
    this.list = h("ul", { class: "dish-choices" });
    this.add = h("button", { type: "button", class: "office-button dish-small", onclick: () => this.addRow() }, say("menu.addChoice"));
    this.problem = h("p", { class: "dish-problem", role: "alert" });
    this.node = h("fieldset", { class: "dish-set" }, h("legend", {}, say("menu.choices", { currency })), this.list, this.add, this.problem);
  }

  /** @returns {{name: string, price: string}[]} */
  get value() {
    return this.rows.map(({ name, price }) => ({ name: name.value, price: price.value }));
  }

  set value(choices) {
    // rows that stay keep the focus
    while (this.rows.length > choices.length) this.rows.pop().node.remove();
    while (this.rows.length < choices.length) this.append();
    this.rows.forEach((row, index) => {
      if (row.name.value !== choices[index].name) row.name.value = choices[index].name;
      if (row.price.value !== choices[index].price) row.price.value = choices[index].price;
    });
    this.label();
  }

  append() {
    const { oninput } = this;
    const row = {
      name: textField({ oninput, class: "office-field dish-choice-name" }),
      price: numberField("decimal"),
      remove: h("button", { type: "button", class: "office-button dish-remove", onclick: () => this.removeRow(row) }, icon("close")),
    };
    row.price.oninput = oninput;
    row.node = h("li", {}, row.name, row.price, row.remove);
    this.rows.push(row);
    this.list.append(row.node);
    return row;
  }

  label() {
    this.rows.forEach((row, index) => {
      const count = index + 1;
      setAttribute(row.name, "aria-label", say("menu.choiceName", { count }));
      setAttribute(row.price, "aria-label", say("menu.choicePrice", { count }));
      setAttribute(row.remove, "aria-label", say("menu.removeChoice", { count }));
    });
    setAttribute(this.list, "hidden", this.rows.length === 0);
  }

  addRow() {
    const row = this.append();
    this.label();
    row.name.focus();
    this.oninput();
  }

  removeRow(row) {
    const index = this.rows.indexOf(row);
    this.rows.splice(index, 1);
    row.node.remove();
    this.label();
    (this.rows[Math.min(index, this.rows.length - 1)]?.remove ?? this.add).focus();
    this.oninput();
  }

  /** @param {string} problem empty: none @param {number} [index] of the one that it is about, among those that are filled in */
  refuse(problem, index = 0) {
    setText(this.problem, problem);
    const filled = this.rows.filter(({ name, price }) => name.value.trim() || price.value.trim());
    this.refused = problem ? filled[index] : undefined;
    for (const row of this.rows) setAttribute(row.node, "data-refused", row === this.refused);
  }

  focus() {
    ((this.refused ?? this.rows[0])?.name ?? this.add).focus();
  }
}
