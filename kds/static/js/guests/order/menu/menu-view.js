/**
 * The menu: search and allergies, sections that stay at the top while the list scrolls, dishes, the basket bar.
 *
 * The parts of it share a module, since the answers to a page's first requests are a third headers.
 */

import { KeyedList, h, reconcile, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { languageChoice, say, sayList, tableWords } from "../../../common/text/words.js";
import { allergenWords } from "../../../common/allergies/allergens.js";

/** What is left of a dish is said from here on. */
const FEW_LEFT = 10;

export class MenuView {
  /**
   * @param {{
   *   onSearch: (text: string) => void, onAllergies: () => void, onDismiss: () => void, onDropAllergy: (allergen: string) => void, onBasket: () => void,
   *   onAdd: (dish: any) => void, onStep: (dish: any, by: number) => void, onOpen: (dish: any) => void
   * }} act
   */
  constructor(act) {
    this.name = h("h1", { dir: "auto" });
    this.locality = h("p", { dir: "auto" });
    this.table = h("span", { class: "chip-table", dir: "auto" });
    this.search = h("input", {
      type: "search",
      placeholder: say("order.search"),
      "aria-label": say("order.searchMenu"),
      oninput: () => act.onSearch(this.search.value),
    });
    this.chips = h("div", { class: "chips" });
    this.chipList = new KeyedList(
      this.chips,
      (allergen) => allergen,
      (allergen) => new AllergyChip(allergen, act),
    );
    this.allergies = h(
      "button",
      { type: "button", class: "tool-button", onclick: () => act.onAllergies() },
      say("order.allergies"),
    );
    this.tabs = h("nav", { class: "section-tabs", "aria-label": say("order.sections") });
    this.hidden = h("p", { class: "menu-hint", role: "status" });
    this.warningWords = h("span", {});
    this.dismiss = h(
      "button",
      { type: "button", class: "plain-button", "aria-label": say("close"), onclick: () => act.onDismiss() },
      icon("close"),
    );
    this.warning = h("p", { class: "problem menu-warning", role: "alert", hidden: true }, this.warningWords, this.dismiss);
    this.list = h("div", { class: "menu" });
    this.sections = new KeyedList(
      this.list,
      ({ name }) => name,
      ({ name }) => new Section(name, act),
    );
    this.count = h("span", { class: "basket-count" });
    this.total = h("span", { class: "basket-sum" });
    this.barWord = h("span", { class: "basket-word" });
    this.bar = h(
      "button",
      { type: "button", class: "main-button basket-button", onclick: () => act.onBasket() },
      this.count,
      this.barWord,
      this.total,
    );
    this.node = h(
      "div",
      { class: "order-page" },
      h("header", { class: "phone-head" }, h("div", { class: "phone-title" }, this.name, this.locality), this.table),
      h(
        "div",
        { role: "search" },
        h("div", { class: "search-row" }, h("label", { class: "search" }, icon("search"), this.search), this.allergies),
        this.chips,
      ),
      this.warning,
      this.tabs,
      h("main", {}, this.hidden, this.list, languageChoice()),
      h("footer", { class: "basket-bar" }, this.bar),
    );
    this.spy = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "-120px 0px -60% 0px" });
  }

  /** Something of the guest's own, before everything else. @param {Element} node */
  showAbove(node) {
    this.node.querySelector(".phone-head").after(node);
  }

  stop() {
    this.spy.disconnect();
  }

  /**
   * @param {{
   *   menu: any, price: (cents: number) => string, table: string, sections: {name: string, dishes: {dish: any, count: number, isLocked: boolean}[]}[],
   *   allergies: string[], hasAllergens: boolean, hiddenWords: string, warning: string, canDismiss: boolean, count: number, total: number, isLocked: boolean
   * }} model
   */
  update({ menu, price, table, sections, allergies, hasAllergens, hiddenWords, warning, canDismiss, count, total, isLocked }) {
    setText(this.name, menu.name);
    setText(this.locality, menu.locality ?? "");
    setText(this.table, table ? tableWords(table) : say("type.takeaway"));
    setAttribute(this.allergies, "hidden", !hasAllergens);
    this.chipList.update(allergies);
    setText(this.hidden, hiddenWords);
    setText(this.warningWords, warning);
    setAttribute(this.dismiss, "hidden", !canDismiss);
    setAttribute(this.warning, "hidden", !warning);
    const before = this.sectionNames;
    this.sections.update(sections.map((section) => ({ ...section, price })));
    this.sectionNames = JSON.stringify(sections.map(({ name }) => name));
    if (before !== this.sectionNames) this.buildTabs(sections);
    setText(this.count, String(count));
    setText(this.barWord, say(isLocked ? "order.notConfirmed" : count === 0 ? "order.empty" : "order.viewBasket"));
    setText(this.total, count === 0 ? "" : price(total));
    this.bar.disabled = count === 0 && !isLocked;
  }

  buildTabs(sections) {
    const nodes = [...this.sections.components.values()];
    const tabs = sections.map(({ name }, index) =>
      h(
        "button",
        { type: "button", class: "section-tab", dir: "auto", onclick: () => nodes[index].node.scrollIntoView() },
        name,
      ),
    );
    reconcile(this.tabs, tabs);
    this.spy.disconnect();
    for (const { node } of nodes) this.spy.observe(node);
    this.mark(sections[0]?.name);
  }

  seen(entries) {
    const visible = entries.filter((entry) => entry.isIntersecting);
    if (visible.length > 0) this.mark(visible[visible.length - 1].target.dataset.name);
  }

  mark(name) {
    for (const tab of this.tabs.children) {
      const isCurrent = tab.textContent === name;
      setAttribute(tab, "aria-current", isCurrent ? "true" : null);
      if (isCurrent) this.tabs.scrollTo({ left: tab.offsetLeft - 16 });
    }
  }
}

class AllergyChip {
  constructor(allergen, act) {
    this.node = h(
      "button",
      {
        type: "button",
        class: "tool-button chip",
        "aria-label": say("order.dropNo", { allergen: allergenWords(allergen) }),
        onclick: () => act.onDropAllergy(allergen),
      },
      h("span", { dir: "auto" }, say("order.no", { allergen: allergenWords(allergen) })),
      icon("close"),
    );
  }

  update() {}
}

class Section {
  constructor(name, act) {
    this.list = h("ul", {});
    this.dishes = new KeyedList(
      this.list,
      ({ dish }) => dish.menuItemId,
      () => new DishCard(act),
    );
    this.node = h("section", { class: "menu-section", "data-name": name }, h("h2", {}, h("bdi", {}, name)), this.list);
  }

  update({ dishes, price }) {
    this.dishes.update(dishes.map((each) => ({ ...each, price })));
  }
}

/** A dish: name, words, allergens, price, and at the edge how many of it. */
class DishCard {
  /** @param {{onAdd: (dish: any) => void, onStep: (dish: any, by: number) => void, onOpen: (dish: any) => void}} act */
  constructor(act) {
    this.name = h("bdi", {});
    this.open = h("button", { type: "button", class: "dish-name", onclick: () => act.onOpen(this.dish) }, this.name);
    this.words = h("p", { class: "dish-words", dir: "auto" });
    this.contains = h("p", { class: "dish-contains" });
    this.price = h("p", { class: "dish-price" });
    this.plus = h("button", { type: "button", class: "plus", onclick: () => act.onAdd(this.dish) }, icon("plus"));
    this.stepper = new Stepper((by) => act.onStep(this.dish, by));
    this.left = h("span", { class: "dish-left", hidden: true });
    this.soldOut = h("span", { class: "sold-out" }, say("order.soldOut"));
    this.node = h(
      "li",
      { class: "dish-card" },
      h("div", { class: "dish-text" }, h("h3", {}, this.open), this.words, this.contains, this.price, this.left),
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
    const isLow = dish.available && dish.remaining <= FEW_LEFT;
    setText(this.left, isLow ? say("order.left", { count: dish.remaining }) : "");
    setAttribute(this.left, "hidden", !isLow);
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
