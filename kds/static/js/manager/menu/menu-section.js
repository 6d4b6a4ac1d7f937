/** The section Menu: the dishes, and beside them, or on a narrow screen in their place, a new one or the one that the address names. */

import { NoAnswer } from "../../common/server/api.js";
import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { money } from "../../common/text/format.js";
import { icon } from "../../common/dom/icons.js";
import { say, sayParts } from "../../common/text/words.js";
import { ConfirmDialog } from "../office/confirm-dialog.js";
import { keptFocus } from "../office/focus.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { Sending } from "../office/sending.js";
import { DishList } from "./dish-list.js";
import { MenuFilter } from "./menu-filter.js";
import { MenuPanel } from "./menu-panel.js";
import { movedBy } from "./order.js";
import { menuRequests } from "./requests.js";
import { StockDialog } from "./stock-dialog.js";

const NEW = "new";

export class MenuSection {
  /** @param {{api: import("../office/office-api.js").OfficeApi, branch: {branchId: string}}} wiring */
  constructor({ api, branch }) {
    this.ask = menuRequests(api, branch.branchId);
    this.menu = null;
    this.news = "";
    this.mayFocus = () => true;
    this.moves = 0;
    this.sending = new Sending(api);
    this.fresh = new Freshness();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.confirm = new ConfirmDialog();
    const onStock = (dish, wanted) => this.stock(dish, wanted);
    this.howLong = new StockDialog(onStock);
    const onHowLong = (dish) => this.howLong.ask(dish);
    this.filter = new MenuFilter(() => this.paint());
    this.list = new DishList({ onStock, onHowLong, price: (cents) => money(cents, this.menu.currency, this.menu.minorUnits) });
    this.panel = new MenuPanel(branch.branchId, {
      ask: this.ask,
      onStock,
      onHowLong,
      onTried: () => this.follow.now(),
      onAdded: (dish, isShown) => this.added(dish, isShown),
      onMove: (dish, step) => this.move(dish, step),
      onDelete: (dish) => this.delete(dish),
    });
    this.count = h("p", { class: "people-count" });
    this.said = h("p", { class: "panel-said", role: "status", tabindex: "-1" });
    this.problemWords = h("span");
    this.problem = h("p", { class: "login-problem office-stale", role: "alert", hidden: true }, icon("warning"), this.problemWords);
    this.none = h("p", { class: "panel-hint", role: "status" });
    const add = h("a", { class: "office-main menu-add", href: `#menu/${NEW}` }, say("menu.new"));
    this.node = h(
      "div",
      { class: "menu" },
      // on a phone the list, with its title, gives way to a panel
      h("h1", { class: "for-readers" }, say("office.menu")),
      h("div", { class: "menu-fresh" }, this.fresh.warning, this.problem, this.fresh.line),
      h("div", { class: "menu-tools" }, this.filter.search, this.filter.box, add),
      h("div", { class: "office-card menu-list" }, h("div", { class: "staff-head" }, h("p", { class: "office-title", "aria-hidden": "true" }, say("office.menu")), this.count), this.said, this.none, this.list.node),
      h("aside", { class: "office-card menu-side" }, h("a", { class: "office-button menu-back", href: "#menu" }, say("menu.back")), this.panel.place),
      this.confirm.node,
      this.howLong.node,
    );
    this.onKey = (event) => {
      const isFree = !event.defaultPrevented && !event.isComposing && !document.querySelector("dialog[open]");
      if (event.code === "Escape" && isFree && this.panel.id) location.hash = "#menu";
    };
  }

  start() {
    addEventListener("keydown", this.onKey);
    this.follow.start();
  }

  /** Words that nobody has given up, as when the login ends, are there when the dish is opened again; moves that were pressed are sent all the same. */
  stop() {
    removeEventListener("keydown", this.onKey);
    this.follow.stop();
    this.panel.keep();
    this.confirm.close();
    this.howLong.close();
  }

  get isUnsaved() {
    return this.panel.isUnsaved;
  }

  /** Asks before what was typed is lost. @param {() => void} go after a yes */
  askToLeave(go) {
    this.confirm.ask({
      title: say("menu.leaveTitle"),
      words: say("menu.leaveWords", { name: this.panel.name }),
      yes: say("menu.leaveYes"),
      no: say("menu.leaveNo"),
      act: async () => {
        this.panel.forget();
        this.confirm.close();
        go();
      },
    });
  }

  /** @param {string} id of the dish that is shown; `new`; empty: none */
  go(id) {
    const before = this.panel.id;
    setText(this.said, this.news);
    this.news = "";
    this.hideProblem();
    this.confirm.close();
    setAttribute(this.node, "data-open", id !== "");
    this.panel.open(id);
    this.paint();
    if (id) this.panel.focus();
    else if (before && !this.list.focus(before)) this.said.focus();
    this.mayFocus = keptFocus();
  }

  paint() {
    if (this.menu === null) return;
    const { dishes } = this.menu;
    const found = this.filter.of(dishes);
    const outCount = dishes.filter(({ soldOut }) => soldOut).length;
    setText(this.count, sayParts([say("menu.dishes", { count: dishes.length }), outCount > 0 && say("menu.out", { count: outCount })]));
    setText(this.none, say(dishes.length === 0 ? "menu.none" : "menu.noMatch"));
    setAttribute(this.none, "hidden", found.length > 0);
    this.list.update(found, this.panel.id);
    this.panel.show(this.menu);
  }

  async read(isNewest) {
    try {
      const menu = await this.ask.menu();
      if (!isNewest() || this.moves > 0) return;
      const isFirst = this.menu === null;
      this.menu = menu;
      this.fresh.read();
      this.paint();
      if (isFirst && this.panel.id && this.mayFocus()) this.panel.focus();
    } catch (error) {
      if (isNewest()) this.fresh.failed(refusalOf(error));
    }
  }

  /** What is pressed in the list; what went wrong stands above it. @param {any} dish of which it is @param {() => Promise<void>} act */
  async try(dish, act) {
    this.hideProblem();
    try {
      await act();
    } catch (error) {
      const words = error instanceof NoAnswer ? say("menu.unheard") : refusalOf(error);
      setText(this.problemWords, say("menu.problemOf", { name: dish.name, problem: words }));
      setAttribute(this.problem, "hidden", false);
    }
    await this.follow.now();
  }

  hideProblem() {
    setAttribute(this.problem, "hidden", true);
  }

  stock(dish, wanted) {
    return this.try(dish, () => this.ask.stock(dish.menuItemId, wanted));
  }

  /** Seen at once, and sent one after another: who presses on and on moves it on and on. */
  move(dish, step) {
    this.menu = { ...this.menu, dishes: movedBy(this.menu.dishes, dish.menuItemId, step) };
    this.paint();
    this.moves += 1;
    const order = () => this.ask.order(this.menu.dishes.map(({ menuItemId }) => menuItemId));
    return this.try(dish, () => this.sending.run(order).finally(() => (this.moves -= 1)));
  }

  /** It stands in the list, whatever was searched for; who has left its panel meanwhile stays where they are. @param {any} dish @param {boolean} isShown whether its panel is */
  added(dish, isShown) {
    const words = say("menu.added", { name: dish.name });
    if (isShown && this.follow.isRunning) {
      this.filter.clear();
      this.panel.tell(words);
      location.hash = `#menu/${dish.menuItemId}`;
    } else setText(this.said, words);
    this.follow.now();
  }

  delete(dish) {
    const { name, menuItemId } = dish;
    const act = async () => {
      try {
        await this.ask.remove(menuItemId);
      } finally {
        this.follow.now();
      }
      this.menu = { ...this.menu, dishes: this.menu.dishes.filter((each) => each.menuItemId !== menuItemId) };
      if (!this.follow.isRunning || this.panel.id !== menuItemId) return; // left meanwhile
      this.panel.forget();
      this.news = say("menu.deleted", { name });
      this.confirm.close();
      location.hash = "#menu";
    };
    this.confirm.ask({ title: say("menu.deleteTitle", { name }), words: say("menu.deleteWords"), yes: say("menu.deleteYes"), act });
  }
}
