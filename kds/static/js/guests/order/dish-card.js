/** A dish in the menu: name, words, allergens, price, and at the edge how many of it. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { icon } from "../../common/icons.js";
import { say, sayList } from "../../common/words.js";
import { allergenWords } from "../allergens.js";

export class DishCard {
  /** @param {{onAdd: (dish: any) => void, onStep: (dish: any, by: number) => void, onOpen: (dish: any) => void}} act */
  constructor(act) {
    this.name = h("bdi", {});
    this.open = h("button", { type: "button", class: "dish-name", onclick: () => act.onOpen(this.dish) }, this.name);
    this.words = h("p", { class: "dish-words", dir: "auto" });
    this.contains = h("p", { class: "dish-contains" });
    this.price = h("p", { class: "dish-price" });
    this.plus = h("button", { type: "button", class: "plus", onclick: () => act.onAdd(this.dish) }, icon("plus"));
    this.stepper = new Stepper((by) => act.onStep(this.dish, by));
    this.soldOut = h("span", { class: "sold-out" }, say("order.soldOut"));
    this.node = h(
      "li",
      { class: "dish-card" },
      h("div", { class: "dish-text" }, h("h3", {}, this.open), this.words, this.contains, this.price),
      this.plus,
      this.stepper.node,
      this.soldOut,
    );
  }

  /** @param {{dish: any, price: (cents: number) => string, count: number, isLocked: boolean}} model */
  update({ dish, price, count, isLocked }) {
    this.dish = dish;
    const canOrder = dish.available && !isLocked;
    setAttribute(this.node, "data-sold-out", !dish.available);
    setText(this.name, dish.name);
    this.open.disabled = !canOrder;
    setText(this.words, dish.description ?? "");
    setText(this.contains, dish.allergens.length > 0 ? say("order.contains", { allergens: sayList(dish.allergens.map(allergenWords)) }) : "");
    setText(this.price, price(dish.priceCents));
    setAttribute(this.plus, "hidden", !canOrder || count > 0);
    setAttribute(this.plus, "aria-label", say("order.addDish", { dish: dish.name }));
    setAttribute(this.stepper.node, "hidden", !canOrder || count === 0);
    this.stepper.update(count, dish.name);
    setAttribute(this.soldOut, "hidden", dish.available);
  }
}

/** Minus, a number, plus. */
export class Stepper {
  /** @param {(by: 1 | -1) => void} onStep */
  constructor(onStep) {
    this.minus = h("button", { type: "button", onclick: () => onStep(-1) }, icon("minus"));
    this.count = h("span", { class: "stepper-count", "aria-live": "polite" });
    this.plus = h("button", { type: "button", onclick: () => onStep(1) }, icon("plus"));
    this.node = h("div", { class: "stepper" }, this.minus, this.count, this.plus);
  }

  update(count, name) {
    setText(this.count, String(count));
    setAttribute(this.minus, "aria-label", say("order.less", { dish: name }));
    setAttribute(this.plus, "aria-label", say("order.more", { dish: name }));
  }
}
