/** The basket: lines, how the guest wants it, a note, the total, and the button that places the order. */

import { KeyedList, h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayList, tableWords } from "../../../common/text/words.js";
import { allergenWords } from "../../../common/allergies/allergens.js";
import { LONGEST_NOTE, lineKey, unitPrice } from "../placing/basket.js";
import { Stepper } from "../menu/menu-view.js";
import { openSheet } from "./sheet-history.js";

export class BasketSheet {
  /** @param {{onStep: (key: string, by: number) => void, onDetail: (name: string, value: string) => void, onKeep: (dish: any) => void, onTakeOff: (key: string) => void, onPlace: () => void, onClose: () => void}} act */
  constructor(act) {
    this.list = h("ul", { class: "basket-lines" });
    this.lines = new KeyedList(
      this.list,
      ({ key }) => key,
      () => new BasketLine(act),
    );
    this.types = h("div", { class: "types", role: "radiogroup", "aria-label": say("order.how") });
    this.customer = h("input", {
      id: "customer-name",
      type: "text",
      autocomplete: "name",
      maxlength: 80,
      dir: "auto",
      oninput: () => act.onDetail("customerName", this.customer.value),
    });
    this.customerRow = h(
      "div",
      { class: "field" },
      h("label", { for: "customer-name" }, say("order.name")),
      this.customer,
      (this.customerMissing = h("p", { class: "field-problem", id: "customer-missing", hidden: true }, say("order.typeName"))),
    );
    this.note = h("textarea", {
      id: "order-note",
      rows: 2,
      maxlength: LONGEST_NOTE,
      dir: "auto",
      oninput: () => act.onDetail("note", this.note.value),
    });
    this.allergy = h("p", { class: "basket-allergy" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.total = h("strong", {});
    this.placeWord = h("span", {});
    this.place = h("button", { type: "button", class: "main-button", onclick: () => act.onPlace() }, this.placeWord);
    this.form = h(
      "fieldset",
      { class: "basket-form" },
      this.list,
      this.types,
      this.customerRow,
      h("div", { class: "field" }, h("label", { for: "order-note" }, say("order.note")), this.note),
      this.allergy,
    );
    this.node = h(
      "dialog",
      { class: "sheet sheet-full", "aria-label": say("order.basket") },
      h(
        "div",
        { class: "sheet-head" },
        h("h2", {}, say("order.basket")),
        h(
          "button",
          { type: "button", class: "plain-button", "aria-label": say("order.back"), onclick: () => this.node.close() },
          icon("close"),
        ),
      ),
      h("div", { class: "sheet-body" }, this.form),
      h(
        "div",
        { class: "sheet-foot basket-foot" },
        this.problem,
        h("p", { class: "basket-total" }, h("span", {}, say("order.total")), this.total),
        h("p", { class: "basket-pay" }, say("order.pay")),
        this.place,
      ),
    );
    this.node.onclose = () => act.onClose();
    this.act = act;
  }

  show() {
    openSheet(this.node);
  }

  /** What is missing gets the focus: on a phone its keyboard opens. @param {string} field */
  pointAt(field) {
    if (field === "customerName") this.customer.focus();
  }

  /**
   * @param {{
   *   lines: any[], dishes: Map<string, any>, price: (cents: number) => string, total: number, types: string[], orderType: string,
   *   customerName: string, note: string, table: string, allergies: string[], conflictOf: (dish: any) => {allergens: string[], isKept: boolean}, missingField: string, problem: string, isBusy: boolean, isLocked: boolean
   * }} model  `isLocked`: an order is out whose answer was lost, so its words must not change
   */
  update(model) {
    const { lines, dishes, price, total, problem, isBusy, isLocked } = model;
    this.lines.update(lines.map((line) => ({ key: lineKey(line), line, dish: dishes.get(line.menuItemId), price, conflictOf: model.conflictOf })));
    this.form.disabled = isBusy || isLocked;
    this.paintTypes(model);
    setAttribute(this.customerRow, "hidden", model.orderType === "dine_in");
    const isNameMissing = model.missingField === "customerName";
    setAttribute(this.customerMissing, "hidden", !isNameMissing);
    setAttribute(this.customer, "aria-invalid", isNameMissing ? "true" : null);
    setAttribute(this.customer, "aria-describedby", isNameMissing ? "customer-missing" : null);
    if (this.customer.value !== model.customerName) this.customer.value = model.customerName;
    if (this.note.value !== model.note) this.note.value = model.note;
    setText(
      this.allergy,
      model.allergies.length > 0 ? say("order.allergyTold", { allergens: sayList(model.allergies.map(allergenWords)) }) : "",
    );
    setText(this.total, price(total));
    setText(this.problem, problem);
    setAttribute(this.problem, "hidden", !problem);
    setText(
      this.placeWord,
      isBusy ? say("order.sending") : isLocked ? say("again") : say("order.place", { total: price(total) }),
    );
    this.place.disabled = isBusy || (lines.length === 0 && !isLocked);
  }

  paintTypes({ types, orderType, table }) {
    setAttribute(this.types, "hidden", types.length < 2);
    if (this.types.childElementCount !== types.length)
      this.types.replaceChildren(...types.map((type) => this.typeChoice(type, table)));
    for (const input of this.types.querySelectorAll("input")) input.checked = input.value === orderType;
  }

  typeChoice(type, table) {
    const word = type === "dine_in" && table ? tableWords(table) : say(`type.${type}`);
    const input = h("input", {
      type: "radio",
      name: "order-type",
      value: type,
      onchange: () => this.act.onDetail("orderType", type),
    });
    return h("label", { class: "type" }, input, h("span", { dir: "auto" }, word));
  }
}

class BasketLine {
  constructor(act) {
    this.name = h("strong", { dir: "auto" });
    this.extra = h("span", { class: "line-extra", dir: "auto" });
    this.contains = h("span", { class: "line-extra line-contains" });
    this.conflict = h("strong", {});
    this.question = h(
      "div",
      { class: "line-question", hidden: true },
      h("p", {}, icon("warning"), this.conflict),
      h("button", { type: "button", class: "tool-button", onclick: () => act.onTakeOff(this.key) }, say("order.takeOff")),
      h("button", { type: "button", class: "tool-button", onclick: () => act.onKeep(this.dish) }, say("order.keepIt")),
    );
    this.price = h("span", { class: "line-price" });
    this.stepper = new Stepper((by) => act.onStep(this.key, by));
    this.node = h(
      "li",
      { class: "basket-line" },
      h("div", { class: "dish-text" }, this.name, this.extra, this.contains, this.price),
      this.stepper.node,
      this.question,
    );
  }

  update({ key, line, dish, price, conflictOf }) {
    this.key = key;
    this.dish = dish;
    this.ask(conflictOf(dish));
    const contains = (dish?.allergens ?? []).map(allergenWords);
    setText(this.contains, contains.length > 0 ? say("order.contains", { allergens: sayList(contains) }) : "");
    setText(this.name, dish?.name ?? say("order.notOnMenu"));
    setText(this.extra, [...line.modifiers, line.note].filter(Boolean).join(", "));
    setText(this.price, dish ? price(unitPrice(line, dish) * line.quantity) : "");
    this.stepper.update(line.quantity, dish?.name ?? say("order.thisDish"));
  }

  /** The dish holds what the guest avoids. */
  ask({ allergens, isKept }) {
    setAttribute(this.question, "hidden", allergens.length === 0 || isKept);
    setAttribute(this.node, "data-kept", isKept);
    if (allergens.length > 0) setText(this.conflict, say("order.conflict", { allergens: sayList(allergens.map(allergenWords)) }));
  }
}
