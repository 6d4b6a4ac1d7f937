/** On sale or sold out, with one press: until somebody says otherwise. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { sayParts } from "../../common/text/words.js";
import { saleWords } from "./stock-words.js";

export class SaleSwitch {
  /** @param {(dish: any, wanted: object) => Promise<void>} onStock says itself what went wrong */
  constructor(onStock) {
    this.onStock = onStock;
    this.isBusy = false;
    this.words = h("span", { class: "sale-words" });
    this.node = h("button", { type: "button", role: "switch", class: "sale", onclick: () => this.press() }, this.words, h("span", { class: "sale-track", "aria-hidden": "true" }));
  }

  /** @param {any} dish */
  update(dish) {
    this.dish = dish;
    setText(this.words, saleWords(dish));
    setAttribute(this.node, "aria-checked", String(!dish.soldOut));
    setAttribute(this.node, "aria-label", sayParts([dish.name, saleWords(dish)]));
  }

  async press() {
    if (this.isBusy) return;
    this.isBusy = true;
    setAttribute(this.node, "aria-busy", "true");
    try {
      await this.onStock(this.dish, { soldOut: !this.dish.soldOut });
    } finally {
      this.isBusy = false;
      setAttribute(this.node, "aria-busy", null);
    }
  }
}
