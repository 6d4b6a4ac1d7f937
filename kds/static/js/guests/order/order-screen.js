/** The order page as a whole: menu and basket in, one order out. It wires; it neither paints, fetches nor places itself. */

import { NoAnswer, Refused } from "../../common/server/api.js";
import { h } from "../../common/dom/dom.js";
import { money } from "../../common/text/format.js";
import { deviceStorage, readJson, writeJson } from "../../common/device/settings.js";
import { say, sayList } from "../../common/text/words.js";
import { allergenWords, allergensOf, conflictOf, keep } from "../../common/allergies/allergens.js";
import { PlacedOrders } from "./placing/attempt.js";
import { BasketSheet } from "./sheets/basket-sheet.js";
import { MOST_LINES, MOST_OF_ONE, add, change, countOf, excessOf, lineKey, totalCents, withinStock } from "./placing/basket.js";
import { DishSheet } from "./sheets/dish-sheet.js";
import { applyMenu, hiddenWords, pausedWords, readableDishes, shownSections } from "./menu/menu-change.js";
import { MenuLink, fetchMenu } from "../menu-link.js";
import { MenuView } from "./menu/menu-view.js";
import { Placing } from "./placing/placing.js";
import { isReplaced, tableProblem, typesHere } from "./menu/table.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

const fewerWords = ({ name, remaining }) => say("order.fewer", { dish: name, count: remaining });

export class OrderScreen {
  /** @param {{branchId: string, table: string, tableToken: string, menu: any, onPlaced: (placed: any) => void}} wiring */
  constructor({ branchId, table, tableToken, menu, onPlaced }) {
    this.branchId = branchId;
    // A table that is not proved cannot be ordered to; what is taken along still can.
    const isRefused = table !== "" && menu.tableAccepted === false;
    this.tableProblem = isRefused ? tableProblem(menu, tableToken) : "";
    this.table = isRefused ? "" : table;
    this.tableToken = tableToken;
    this.placed = new PlacedOrders(branchId);
    this.store = `kds.basket.${branchId}`;
    this.placing = new Placing({
      branchId,
      order: () => this,
      onChange: () => this.render(),
      onSend: () => {
        this.problem = "";
        this.render();
      },
      onRefused: (problem, field) => this.refuse(problem, field),
      onPlaced: (answer, isOwn) => {
        if (isOwn) writeJson(deviceStorage("sessionStorage"), this.store, null);
        this.placed.add(answer);
        onPlaced(answer);
      },
      refreshMenu: () => this.refreshMenu(),
    });
    this.onOnline = () => this.placing.sendAgain();
    const types = typesHere(menu, this.table);
    if (types.length === 0 && !isReplaced(menu)) this.tableProblem = say("order.tableOnly");
    const blank = { lines: [], allergies: [], kept: [], orderType: types[0] ?? "", customerName: "", note: "" };
    this.state = { ...blank, ...readJson(deviceStorage("sessionStorage"), this.store) };
    this.missingField = "";
    if (!types.includes(this.state.orderType)) this.state.orderType = types[0] ?? "";
    this.types = types;
    this.search = "";
    this.problem = "";
    this.news = [];
    this.buildParts();
    this.setMenu(menu);
    this.link = new MenuLink({
      branchId,
      version: () => this.menu.version,
      onMenu: (news) => this.changeMenu(news),
      onHello: ({ readAt }) => (this.menu.readAt = readAt),
    });
  }

  buildParts() {
    this.view = new MenuView({
      onSearch: (text) => this.searchFor(text),
      onAllergies: () => this.askAllergies(),
      onDismiss: () => this.keep({}),
      onDropAllergy: (allergen) => this.keep({ allergies: this.state.allergies.filter((each) => each !== allergen) }),
      onBasket: () => this.showBasket(),
      onAdd: (dish) => this.addOne(dish),
      onStep: (dish, by) => this.stepDish(dish, by),
      onOpen: (dish) => this.dishSheet.show(dish, this.price),
    });
    this.dishSheet = new DishSheet({ onAdd: (line) => this.add(line), tooMuch: (line) => this.tooMuch(line) });
    this.basketSheet = new BasketSheet({
      onStep: (key, by) => this.stepLine(key, by),
      onDetail: (name, value) => this.keep({ [name]: value }),
      onKeep: (dish) => this.keep({ kept: keep(dish, this.state.allergies, this.state.kept) }),
      onTakeOff: (key) => this.keep({ lines: this.state.lines.filter((line) => lineKey(line) !== key) }),
      onPlace: () => this.placing.place(),
      onClose: () => this.render(),
    });
    this.node = h("div", {}, this.view.node, this.dishSheet.node, this.basketSheet.node);
  }

  start() {
    this.render();
    this.link.start();
    if (this.placed.all().length > 0) this.showPlaced();
    addEventListener("online", this.onOnline);
    if (this.placing.isLocked) this.basketSheet.show();
    this.placing.resume();
  }

  stop() {
    clearTimeout(this.opening);
    this.link.stop();
    this.placedBar?.stop();
    removeEventListener("online", this.onOnline);
    this.view.stop();
  }

  /** Fetched when it is wanted: most guests have no order yet. */
  async showPlaced() {
    try {
      const { PlacedBar } = await import("./placing/placed-bar.js");
      this.placedBar = new PlacedBar(this.placed);
    } catch {
      if (!this.problem) this.tellOffline(); // what the guest has to do first is said already
      return;
    }
    this.view.showAbove(this.placedBar.node);
    this.placedBar.start(this.menu.timezone);
  }

  /** A part of the page that is fetched when it is wanted has not come. */
  tellOffline() {
    this.problem = say("order.noConnection");
    this.render();
  }

  /** Fetched when it is wanted; without a network the menu goes on saying what each dish contains. */
  async askAllergies() {
    try {
      const { AllergySheet } = await import("./sheets/allergy-sheet.js");
      this.allergySheet ??= new AllergySheet({ onChange: (allergies) => this.keep({ allergies }) });
      if (!this.allergySheet.node.isConnected) this.node.append(this.allergySheet.node);
      this.allergySheet.show(this.allergens(), this.state.allergies);
    } catch {
      this.tellOffline();
    }
  }

  setMenu(menu) {
    this.price = (cents) => money(cents, menu.currency, menu.minorUnits);
    clearTimeout(this.opening);
    const untilMs = Date.parse(menu.ordering?.until ?? "") - Date.now();
    if (untilMs > 0) this.opening = setTimeout(() => this.render(), Math.min(untilMs + 500, LONGEST_TIMER_MS));
    this.menu = { ...menu, items: readableDishes(menu.items) };
    this.dishes = new Map(this.menu.items.map((dish) => [dish.menuItemId, dish]));
  }

  keep(change) {
    const { lines, fewer } = withinStock(change.lines ?? this.state.lines, this.dishes);
    this.state = { ...this.state, ...change, lines };
    this.problem = fewer.map(fewerWords).join(" ");
    this.missingField = "";
    this.news = [];
    writeJson(deviceStorage("sessionStorage"), this.store, this.state);
    this.render();
  }

  showBasket() {
    this.basketSheet.show();
    this.render();
  }

  searchFor(text) {
    this.search = text.trim();
    this.render();
  }

  addOne(dish) {
    if (dish.modifiers.length > 0) this.dishSheet.show(dish, this.price);
    else this.add({ menuItemId: dish.menuItemId, modifiers: [], note: "", quantity: 1 });
  }

  /** All of the line, or nothing and why. */
  add(line) {
    this.problem = this.tooMuch(line);
    if (this.problem) this.render();
    else this.keep({ lines: add(this.state.lines, line) });
  }

  stepLine(key, by) {
    const line = this.state.lines.find((each) => lineKey(each) === key);
    if (by > 0 && line) this.add({ ...line, quantity: by });
    else this.keep({ lines: change(this.state.lines, key, by) });
  }

  /** @param {import("./placing/basket.js").Line} line to add @returns {string} why an order cannot hold it as well; empty when it can */
  tooMuch(line) {
    const excess = excessOf(this.state.lines, line);
    if (excess === "lines") return say("order.mostLines", { most: MOST_LINES });
    const dish = this.dishes.get(line.menuItemId)?.name ?? say("order.thisDish");
    return excess === "portions" ? say("order.mostOfOne", { dish, most: MOST_OF_ONE }) : "";
  }

  /** Plus on a dish with choices asks again; minus takes from the line added last. */
  stepDish(dish, by) {
    if (by > 0) {
      this.addOne(dish);
      return;
    }
    const line = [...this.state.lines].reverse().find((each) => each.menuItemId === dish.menuItemId);
    if (line) this.keep({ lines: change(this.state.lines, lineKey(line), by) });
  }

  allergens() {
    return allergensOf(this.menu.items);
  }

  render() {
    const { allergies } = this.state;
    const { isLocked, isBusy, foreignBasket } = this.placing;
    const basket = { ...this.state, ...foreignBasket };
    const { lines } = basket;
    const shown = { items: this.menu.items, allergies, search: this.search };
    const sections = shownSections(shown, { lines, isLocked });
    const paused = pausedWords(this.menu);
    const total = totalCents(lines, this.dishes);
    this.view.update({
      menu: this.menu,
      price: this.price,
      table: this.table,
      sections,
      allergies,
      hasAllergens: this.allergens().length > 0,
      hiddenWords: hiddenWords(shown, sections),
      // said once: in the basket while that is open, above the menu else
      warning: this.basketSheet.node.open ? "" : this.tableProblem || paused || this.problem,
      canDismiss: this.problem !== "" && !this.tableProblem && !paused && !isLocked,
      count: countOf(lines),
      total,
      isLocked,
    });
    this.basketSheet.update({
      ...basket,
      dishes: this.dishes,
      conflictOf: (dish) => conflictOf(dish, allergies, this.state.kept),
      missingField: this.missingField,
      price: this.price,
      total,
      types: this.types,
      table: this.table,
      problem: this.problem,
      isBusy,
      isLocked,
    });
  }

  refuse(problem, field) {
    this.problem = problem;
    this.missingField = field;
    this.showBasket();
    this.basketSheet.pointAt(this.missingField);
  }

  /** After a refusal the menu may have changed: why, in the words of a guest, comes before what the server said. */
  async refreshMenu() {
    try {
      this.changeMenu(await fetchMenu(this.branchId));
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
    }
  }

  /** The kitchen's menu is another now: what sold out leaves the basket, and that, or a new price, is said. */
  changeMenu(menu) {
    if (menu.readAt < this.menu.readAt) return; // an answer that was slower than a newer one
    const before = this.dishes;
    this.setMenu(menu);
    if (this.placing.isLocked) {
      this.render();
      return;
    }
    const { lines: possible, gone, changed, added } = applyMenu(this.state.lines, before, this.dishes);
    const { lines, fewer } = withinStock(possible, this.dishes);
    const news = [
      gone.length > 0 ? say("order.gone", { dishes: sayList(gone) }) : "",
      ...fewer.map(fewerWords),
      ...changed.map(({ name, from, to }) => say("order.priceChanged", { dish: name, from: this.price(from), to: this.price(to) })),
      ...added.map(({ name, allergens }) =>
        say("order.nowContains", { dish: name, allergens: sayList(allergens.map(allergenWords)) })),
    ].filter(Boolean);
    if (news.length > 0) {
      const earlier = this.news;
      this.keep({ lines });
      this.news = [...earlier, ...news];
      this.problem = this.news.join(" ");
    }
    this.dishSheet.follow(this.dishes);
    this.render();
  }
}
