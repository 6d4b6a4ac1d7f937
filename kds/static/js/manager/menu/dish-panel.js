/** One dish, beside the list: its fields, its place among its section, what is left of it, and the way to delete it. */

import { NoAnswer, Refused } from "../../common/server/api.js";
import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say } from "../../common/text/words.js";
import { keptFocus } from "../office/focus.js";
import { moveButton } from "../office/move-button.js";
import { refusalOf } from "../office/refusals.js";
import { DishForm } from "./dish-form.js";
import { sectionName } from "./dish-list.js";
import { faultsOf } from "./dish-refusals.js";
import { SaleSwitch } from "./sale-switch.js";
import { leftWords } from "./stock-words.js";
import { NEW_DISH } from "./typed.js";

export class DishPanel {
  /**
   * @param {any | null} dish of GET /manager/menu; null: a new one
   * @param {any} menu that it is of
   * @param {{save: (body: any) => Promise<any>, add: (body: any) => Promise<any>, onAdded: (dish: any) => void, onTried: () => Promise<void>,
   *   onStock: (dish: any, wanted: object) => Promise<void>, onHowLong: (dish: any) => void, onMove: (dish: any, step: number) => Promise<void>, onDelete: (dish: any) => void}} act
   *   `save` and `add` throw when it was refused; `onTried` reads the menu anew
   */
  constructor(dish, menu, act) {
    this.dish = dish;
    this.act = act;
    this.isGone = false;
    this.isBusy = false;
    this.isUnheard = false;
    this.form = new DishForm(dish ?? NEW_DISH, menu, () => this.paint());
    this.name = h("bdi");
    this.title = h("h2", { tabindex: "-1" }, this.name);
    this.said = h("p", { class: "panel-said", role: "status", tabindex: "-1" });
    this.meanwhile = h("p", { class: "dish-meanwhile", role: "status" });
    this.problemWords = h("span");
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true }, icon("warning"), this.problemWords);
    this.up = moveButton("up", say("menu.up"), "dish-move", () => act.onMove(this.dish, -1));
    this.down = moveButton("down", say("menu.down"), "dish-move", () => act.onMove(this.dish, 1));
    this.place = h("span", { role: "status" });
    this.howLongWords = h("span");
    this.howLong = h("button", { type: "button", class: "office-button dish-how-long", onclick: () => act.onHowLong(this.dish) }, this.howLongWords, icon("down"));
    this.sale = new SaleSwitch(act.onStock);
    this.stock = h("div", { class: "dish-now" }, this.howLong, this.sale.node);
    this.order = h("div", { class: "dish-place" }, this.place, this.up, this.down);
    this.submit = h("button", { type: "submit", class: "office-main" });
    this.revert = h("button", { type: "button", class: "office-button", onclick: () => this.takeBack() }, say("menu.takeBack"));
    this.remove = h("button", { type: "button", class: "office-danger dish-delete", onclick: () => act.onDelete(this.dish) }, say("menu.delete"));
    this.node = h(
      "form",
      { class: "dish-panel", novalidate: true },
      this.title,
      this.stock,
      this.order,
      this.form.node,
      this.remove,
      h("div", { class: "dish-foot" }, this.said, this.meanwhile, this.problem, h("div", { class: "dish-acts" }, this.submit, this.revert)),
    );
    this.node.onsubmit = (event) => {
      event.preventDefault();
      this.try();
    };
    this.update(dish, menu, null);
  }

  /** Whether something is typed that the server does not have. */
  get isUnsaved() {
    return this.form.changed.length > 0;
  }

  /** @param {any | null} dish as the server tells it now; null: there is none @param {any} menu @param {{at: number, of: number} | null} place in its section, from 1 */
  update(dish, menu, place) {
    this.form.learn(menu);
    const hasOther = dish !== null && this.dish !== null && this.form.follow(dish);
    if (hasOther) setText(this.meanwhile, say("menu.meanwhile"));
    this.isGone = this.dish !== null && dish === null;
    this.dish = dish ?? this.dish;
    if (this.isGone) setText(this.meanwhile, say("menu.goneTyped"));
    if (this.isUnheard && !this.isGone && this.dish && !this.isUnsaved) {
      this.forget();
      this.succeed(say("menu.savedAfterAll"));
    }
    this.position = place;
    this.paint();
  }

  get isNew() {
    return this.dish === null || this.isGone;
  }

  paint() {
    const { dish, isNew } = this;
    setText(this.name, dish ? dish.name : say("menu.new"));
    setAttribute(this.node, "aria-label", dish ? dish.name : say("menu.new"));
    setText(this.submit, this.isBusy ? say("staff.busy") : say(isNew ? "menu.add" : "menu.save"));
    setAttribute(this.revert, "hidden", isNew || !this.isUnsaved);
    for (const part of [this.stock, this.remove, this.order]) setAttribute(part, "hidden", isNew);
    if (!this.isUnsaved && !this.isGone) setText(this.meanwhile, "");
    if (isNew) return;
    this.sale.update(dish);
    setText(this.howLongWords, leftWords(dish));
    setAttribute(this.howLong, "aria-label", say("menu.howLongOf", { name: dish.name, state: leftWords(dish) }));
    const place = this.position;
    setAttribute(this.order, "hidden", place === null || place.of < 2);
    if (place === null) return;
    setText(this.place, say("menu.place", { section: sectionName(dish.section), at: place.at, of: place.of }));
    setAttribute(this.up, "aria-disabled", place.at === 1 && "true");
    setAttribute(this.down, "aria-disabled", place.at === place.of && "true");
  }

  async try() {
    if (this.isBusy) return;
    this.quiet();
    const { isNew } = this;
    if (!isNew && !this.isUnsaved) {
      setText(this.said, say("menu.nothingChanged"));
      return;
    }
    const body = this.form.read(isNew);
    if (body === null) return;
    const mayFocus = keptFocus();
    this.isBusy = true;
    this.paint();
    try {
      await (isNew ? this.make(body) : this.save(body));
    } catch (error) {
      this.fail(error, mayFocus());
    } finally {
      this.isBusy = false;
      this.paint();
    }
  }

  async save(body) {
    const sent = this.form.typed;
    const dish = await this.act.save(body);
    this.form.saved(dish, sent);
    this.dish = dish;
    this.succeed(say("menu.saved", { name: dish.name }));
    this.act.onTried();
  }

  async make(body) {
    const dish = await this.act.add(body);
    this.forget();
    this.act.onAdded(dish);
  }

  succeed(words) {
    this.quiet();
    setText(this.said, words);
  }

  quiet() {
    this.isUnheard = false;
    setText(this.said, "");
    if (!this.isGone) setText(this.meanwhile, "");
    setAttribute(this.problem, "hidden", true);
  }

  fail(error, mayFocus) {
    const faults = faultsOf(error, this.form.minorUnits);
    this.isUnheard = error instanceof NoAnswer;
    if (faults.size > 0) this.form.refuse(faults, mayFocus);
    else this.refuse(this.isUnheard ? say("menu.unheard") : refusalOf(error));
    // what was shown may not have been so
    if (this.isUnheard || (error instanceof Refused && error.status < 500)) this.act.onTried();
  }

  refuse(words) {
    setText(this.problemWords, words);
    setAttribute(this.problem, "hidden", false);
  }

  /** As the server has it. */
  takeBack() {
    this.forget();
    this.quiet();
    this.form.refuse(new Map());
    this.paint();
    this.title.focus();
  }

  /** What was typed before the login ended. @param {import("./typed.js").Typed} typed */
  restore(typed) {
    this.form.typed = typed;
    setText(this.meanwhile, say("menu.restored"));
    this.paint();
  }

  /** What was typed is wanted no more. */
  forget() {
    this.form.typed = this.form.shown;
  }
}
