/** The sheet of one dish: its modifiers with their price, a note, how many. A dialog, so Escape leaves it. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayList } from "../../../common/text/words.js";
import { allergenWords } from "../../../common/allergies/allergens.js";
import { LONGEST_NOTE, unitPrice } from "../placing/basket.js";
import { Stepper } from "../menu/menu-view.js";
import { openSheet } from "./sheet-history.js";

export class DishSheet {
  /** @param {{onAdd: (line: import("../placing/basket.js").Line) => void, tooMuch: (line: import("../placing/basket.js").Line) => string}} act `tooMuch`: why it cannot be added */
  constructor(act) {
    this.act = act;
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.title = h("h2", { dir: "auto" });
    this.words = h("p", { class: "dish-words", dir: "auto" });
    this.contains = h("p", { class: "dish-contains" });
    this.choices = h("fieldset", { class: "modifiers" });
    this.note = h("textarea", { id: "dish-note", rows: 2, maxlength: LONGEST_NOTE, dir: "auto" });
    this.stepper = new Stepper((by) => this.step(by));
    this.addWord = h("span", {});
    this.add = h("button", { type: "button", class: "main-button", onclick: () => this.finish() }, this.addWord);
    this.node = h(
      "dialog",
      { class: "sheet" },
      h(
        "div",
        { class: "sheet-head" },
        this.title,
        h(
          "button",
          { type: "button", class: "plain-button", "aria-label": say("close"), onclick: () => this.node.close() },
          icon("close"),
        ),
      ),
      h(
        "div",
        { class: "sheet-body" },
        this.words,
        this.contains,
        this.choices,
        h("label", { for: "dish-note" }, say("order.note")),
        this.note,
      ),
      this.problem,
      h("div", { class: "sheet-foot" }, this.stepper.node, this.add),
    );
    this.choices.onchange = () => {
      this.say("");
      this.paint();
    };
  }

  /** @param {any} dish @param {(cents: number) => string} price */
  show(dish, price) {
    this.dish = dish;
    this.price = price;
    this.quantity = 1;
    this.note.value = "";
    setText(this.title, dish.name);
    setAttribute(this.node, "aria-label", dish.name);
    setText(this.words, dish.description ?? "");
    setText(this.contains, dish.allergens.length > 0 ? say("order.contains", { allergens: sayList(dish.allergens.map(allergenWords)) }) : "");
    this.choices.replaceChildren(...dish.modifiers.map((modifier) => modifierChoice(modifier, price)));
    setAttribute(this.choices, "hidden", dish.modifiers.length === 0);
    this.say("");
    this.paint();
    openSheet(this.node);
  }

  /** The open dish is another now: its price is painted anew, and what sold out cannot be added any more. */
  follow(dishes) {
    if (!this.node.open) return;
    const dish = dishes.get(this.dish.menuItemId);
    const hasSameChoices = JSON.stringify(dish?.modifiers) === JSON.stringify(this.dish.modifiers);
    if (!dish?.available || !hasSameChoices) {
      this.node.close();
      return;
    }
    this.dish = dish;
    this.paint();
  }

  step(by) {
    const problem = by > 0 ? this.act.tooMuch({ ...this.line(), quantity: this.quantity + by }) : "";
    if (!problem) this.quantity = Math.max(1, this.quantity + by);
    this.say(problem);
    this.paint();
  }

  /** What the guest chose stays until it can be added. @param {string} problem */
  say(problem) {
    setText(this.problem, problem);
    setAttribute(this.problem, "hidden", !problem);
  }

  line() {
    const modifiers = [...this.choices.querySelectorAll("input:checked")].map((input) => input.value);
    return { menuItemId: this.dish.menuItemId, modifiers, note: this.note.value, quantity: this.quantity };
  }

  paint() {
    this.stepper.update(this.quantity, this.dish.name);
    this.stepper.minus.disabled = this.quantity === 1;
    const price = this.price(unitPrice(this.line(), this.dish) * this.quantity);
    setText(this.addWord, say("order.add", { price }));
  }

  finish() {
    const problem = this.act.tooMuch(this.line());
    this.say(problem);
    if (problem) return;
    this.act.onAdd(this.line());
    this.node.close();
  }
}

function modifierChoice({ name, priceCents }, price) {
  const difference = priceCents === 0 ? "" : `${priceCents > 0 ? "+" : "−"}${price(Math.abs(priceCents))}`;
  return h(
    "label",
    { class: "modifier" },
    h("input", { type: "checkbox", value: name }),
    h("span", { dir: "auto" }, name),
    h("span", { class: "difference" }, difference),
  );
}
