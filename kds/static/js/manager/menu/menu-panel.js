/** The place beside the list: the panel of the dish that is shown, or why there is none. */

import { h, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { DishPanel } from "./dish-panel.js";
import { placeOf } from "./order.js";

const NEW = "new";

/** What was typed when a login ended, by branch and dish; gone with the page. @type {Map<string, import("./typed.js").Typed>} */
const kept = new Map();

export class MenuPanel {
  /** @param {string} branchId @param {any} act as DishPanel takes it, with `ask`, the requests of the menu */
  constructor(branchId, act) {
    this.branchId = branchId;
    this.act = act;
    this.id = "";
    this.news = "";
    this.dish = null;
    this.gone = h("p", { class: "panel-hint", tabindex: "-1" });
    this.place = h("div", { class: "menu-place" });
  }

  get isUnsaved() {
    return this.dish?.isUnsaved ?? false;
  }

  get name() {
    return this.dish?.dish?.name ?? say("menu.new");
  }

  /** @param {string} id */
  open(id) {
    if (id === this.id) return;
    this.id = id;
    this.dish = null;
    this.place.replaceChildren();
  }

  /** @param {any} menu of GET /manager/menu */
  show(menu) {
    if (!this.id) return;
    const told = menu.dishes.find(({ menuItemId }) => menuItemId === this.id) ?? null;
    const hasPanel = this.dish !== null && (told || this.id === NEW || this.dish.isUnsaved || this.dish.isBusy);
    if (hasPanel) this.dish.update(told, menu, told && placeOf(menu.dishes, this.id));
    else if (told || this.id === NEW) this.make(told, menu);
    else this.showGone();
  }

  make(told, menu) {
    const { ask, onAdded, ...act } = this.act;
    const panel = new DishPanel(told, menu, {
      ...act,
      save: (body) => ask.change(this.id, body),
      add: (body) => ask.add(body),
      onAdded: (dish) => onAdded(dish, this.dish === panel),
    });
    this.dish = panel;
    this.dish.update(told, menu, told && placeOf(menu.dishes, this.id));
    const typed = kept.get(this.key);
    kept.delete(this.key);
    if (typed) this.dish.restore(typed);
    if (this.news) this.dish.succeed(this.news);
    this.news = "";
    this.place.replaceChildren(this.dish.node);
  }

  showGone() {
    const hadFocus = this.place.contains(document.activeElement);
    this.dish = null;
    setText(this.gone, say("menu.gone"));
    if (this.place.firstChild !== this.gone) this.place.replaceChildren(this.gone);
    if (hadFocus) this.gone.focus();
  }

  /** To be said by the next panel that is opened. @param {string} words */
  tell(words) {
    this.news = words;
  }

  focus() {
    if (this.dish === null) this.gone.focus();
    else if (this.id === NEW) this.dish.form.fields.name.focus();
    else this.dish.title.focus();
  }

  forget() {
    this.dish?.forget();
  }

  get key() {
    return `${this.branchId} ${this.id}`;
  }

  keep() {
    if (this.isUnsaved) kept.set(this.key, this.dish.form.typed);
  }
}
