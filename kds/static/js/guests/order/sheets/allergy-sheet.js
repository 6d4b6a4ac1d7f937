/** Which allergens a guest avoids: hides dishes with them, and is told to the kitchen with the order. */

import { h } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { allergenKey, allergenWords } from "../../../common/allergies/allergens.js";
import { openSheet } from "./sheet-history.js";

export class AllergySheet {
  /** @param {{onChange: (allergies: string[]) => void}} act */
  constructor(act) {
    this.choices = h("fieldset", { class: "modifiers" });
    this.choices.onchange = () =>
      act.onChange([...this.choices.querySelectorAll("input:checked")].map((input) => input.value));
    this.node = h(
      "dialog",
      { class: "sheet", "aria-label": say("order.allergies") },
      h(
        "div",
        { class: "sheet-head" },
        h("h2", {}, say("order.allergies")),
        h(
          "button",
          { type: "button", class: "plain-button", "aria-label": say("close"), onclick: () => this.node.close() },
          icon("close"),
        ),
      ),
      h(
        "div",
        { class: "sheet-body" },
        h(
          "p",
          { class: "dish-words" },
          say("order.allergiesWhat"),
        ),
        this.choices,
      ),
      h(
        "div",
        { class: "sheet-foot" },
        h("button", { type: "button", class: "main-button", onclick: () => this.node.close() }, say("order.showMenu")),
      ),
    );
  }

  show(known, chosen) {
    this.choices.replaceChildren(
      ...known.map((allergen) => {
        const input = h("input", { type: "checkbox", value: allergen });
        input.checked = chosen.some((each) => allergenKey(each) === allergenKey(allergen));
        const words = say("order.no", { allergen: allergenWords(allergen) });
        return h("label", { class: "modifier" }, input, h("span", { dir: "auto" }, words));
      }),
    );
    openSheet(this.node);
  }
}
