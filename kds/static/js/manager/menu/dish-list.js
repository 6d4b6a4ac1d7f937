/** The dishes in the order of the menu, under their sections: what each costs, whether it can be had, and the way to change it. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { apart, say, sayList, sayParts } from "../../common/text/words.js";
import { allergenWords } from "../../common/allergies/allergens.js";
import { SaleSwitch } from "./sale-switch.js";
import { isSpecial, leftWords } from "./stock-words.js";

/** @typedef {{onStock: (dish: any, wanted: object) => Promise<void>, onHowLong: (dish: any) => void, price: (cents: number) => string}} Act */

/** @param {any[]} dishes in the order of the menu @returns {{name: string, dishes: any[]}[]} as guests see them: each section where its first dish stands */
export function sectionsOf(dishes) {
  const byName = new Map();
  for (const dish of dishes) byName.set(dish.section, [...(byName.get(dish.section) ?? []), dish]);
  return [...byName].map(([name, its]) => ({ name, dishes: its }));
}

/** @param {string} name */
export const sectionName = (name) => name || say("menu.noSection");

export class DishList {
  /** @param {Act} act */
  constructor(act) {
    this.node = h("div", { class: "dishes" });
    this.sections = new KeyedList(
      this.node,
      ({ name }) => name,
      () => new Section(act),
    );
  }

  /** @param {any[]} dishes @param {string} chosen the one that is being changed */
  update(dishes, chosen) {
    this.sections.update(sectionsOf(dishes).map((section) => ({ ...section, chosen })));
  }

  /** Puts the focus on the way to a dish. @param {string} menuItemId @returns {boolean} whether it is there */
  focus(menuItemId) {
    const row = [...this.sections.components.values()].map(({ rows }) => rows.components.get(menuItemId)).find(Boolean);
    row?.edit.focus();
    return row !== undefined;
  }
}

class Section {
  constructor(act) {
    this.title = h("h2", { class: "dishes-title", dir: "auto" });
    this.box = h("ul");
    this.rows = new KeyedList(
      this.box,
      ({ menuItemId }) => menuItemId,
      ({ menuItemId }) => new Row(menuItemId, act),
    );
    this.node = h("section", {}, this.title, this.box);
  }

  update({ name, dishes, chosen }) {
    setText(this.title, sectionName(name));
    this.rows.update(dishes.map((dish) => ({ ...dish, isChosen: dish.menuItemId === chosen })));
  }
}

class Row {
  constructor(menuItemId, { onStock, onHowLong, price }) {
    this.price = price;
    this.name = h("bdi", { class: "dish-name" });
    this.station = h("span", { class: "dish-station" });
    this.contains = h("span", { class: "dish-contains" });
    this.left = h("span", { class: "dish-left" });
    this.short = h("span", { class: "dish-short" });
    this.cost = h("span", { class: "dish-price" });
    this.howLongWords = h("span");
    this.howLong = h("button", { type: "button", class: "office-button dish-how-long", onclick: () => onHowLong(this.dish) }, this.howLongWords, icon("down"));
    this.sale = new SaleSwitch(onStock);
    this.edit = h("a", { class: "office-button dish-edit", href: `#menu/${menuItemId}` }, h("span", {}, say("staff.edit")));
    const what = h("p", { class: "dish-what" }, this.name, " ", this.station, this.left, this.short, this.contains);
    this.node = h("li", { class: "dish" }, what, this.cost, this.howLong, this.sale.node, this.edit);
  }

  update(dish) {
    this.dish = dish;
    const { name, station, allergens, isChosen } = dish;
    setText(this.name, name);
    setText(this.station, station ? apart(station) : "");
    setText(this.contains, allergens.length > 0 ? sayList(allergens.map((each) => apart(allergenWords(each)))) : say("menu.noAllergens"));
    const left = [station && apart(station), isSpecial(dish) && leftWords(dish)];
    const price = this.price(dish.priceCents);
    setText(this.left, sayParts(left));
    setText(this.short, sayParts([price, ...left]));
    setText(this.cost, price);
    setText(this.howLongWords, leftWords(dish));
    setAttribute(this.howLong, "aria-label", say("menu.howLongOf", { name, state: leftWords(dish) }));
    setAttribute(this.howLong, "data-special", isSpecial(dish));
    this.sale.update(dish);
    setAttribute(this.edit, "aria-label", say("staff.editOf", { name }));
    setAttribute(this.node, "data-chosen", isChosen);
    setAttribute(this.node, "data-out", dish.soldOut);
  }
}
