/** A dish in the list of all: a press on it does what was chosen, Lift makes it as always. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { isSpecial } from "../../state/board/dishes.js";

export class StockRow {
  /** @param {{onPress: (dish: any, event: MouseEvent) => void, onLift: (dish: any, event: MouseEvent) => void, timezone: () => string | undefined}} act */
  constructor({ onPress, onLift, timezone }) {
    this.timezone = timezone;
    this.cap = h("kbd", { class: "keycap", "aria-hidden": "true" });
    this.name = h("bdi");
    this.state = h("span", { class: "stock-state" });
    this.press = h("button", { type: "button", class: "stock-press", onclick: (event) => onPress(this.dish, event) }, this.cap, h("strong", {}, this.name), this.state);
    this.lift = h("button", { type: "button", class: "stock-lift choice", onclick: (event) => onLift(this.dish, event) }, icon("recall"), say("stock.lift"));
    this.node = h("li", { class: "stock-item" }, this.press, this.lift);
  }

  /** @param {{dish: import("../../state/board/dishes.js").Dish, key: string}} model  `key`: the digit that presses it, or nothing */
  update({ dish, key }) {
    this.dish = dish;
    setText(this.cap, key);
    setAttribute(this.cap, "hidden", key === "");
    setText(this.name, dish.name);
    setText(this.state, stateWords(dish, this.timezone()));
    setAttribute(this.node, "data-out", dish.soldOut);
    setAttribute(this.lift, "hidden", !isSpecial(dish));
    setAttribute(this.lift, "aria-label", say("act.lift", { dish: dish.name }));
  }
}

/** "Sold out until 05:30", "7 left", nothing. @param {import("../../state/board/dishes.js").Dish} dish */
function stateWords({ soldOut, remaining, backAt }, timezone) {
  const time = backAt === undefined ? null : timeOfDay(Date.parse(backAt), timezone);
  if (soldOut) return time ? say("stock.outUntil", { time }) : say("reason.sold_out");
  if (remaining === undefined) return "";
  return time ? say("stock.countedUntil", { count: remaining, time }) : say("stock.counted", { count: remaining });
}
