/** The order page as a whole: menu and basket in, one order out. It wires; it neither paints nor fetches itself. */

import { NoAnswer, Refused } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { money, timeOfDay } from "../../common/format.js";
import { deviceStorage, readJson, writeJson } from "../../common/settings.js";
import { knows, say, sayList, searchFor } from "../../common/words.js";
import { allergenWords, allergensOf, avoidedIn, conflictOf, isUndecided, keep } from "../allergens.js";
import { Attempt, PlacedOrders } from "./attempt.js";
import { BasketSheet } from "./basket-sheet.js";
import {
  LONGEST_NOTE,
  add,
  change,
  countOf,
  countOfDish,
  lineKey,
  noteWithAllergies,
  orderBody,
  totalCents,
} from "./basket.js";
import { DishSheet } from "./dish-sheet.js";
import { applyMenu, readableDishes } from "./menu-change.js";
import { MenuLink, fetchMenu } from "../menu-link.js";
import { MenuView } from "./menu-view.js";

/** Quiet tries after a lost answer, before the guest is asked to press again. */
const QUIET_TRIES_MS = [1_000, 2_000, 4_000];

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What may be ordered from here; a server of before says nothing of it. */
function typesHere(menu, table) {
  const [wanted, allowed] = table
    ? [["dine_in", "takeaway"], menu.orderTypes]
    : [["takeaway", "delivery"], menu.orderTypesWithoutTable];
  return wanted.filter((type) => (allowed ?? wanted).includes(type));
}

const isReplaced = (menu) => menu.tableProblem === "table_token_replaced";

function tableProblem(menu, tableToken) {
  if (isReplaced(menu)) return say("refused.table_token_replaced");
  return say(tableToken ? "order.tableWrong" : "order.tableMissing");
}

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
    this.onPlaced = (answer) => {
      this.placed.add(answer);
      onPlaced(answer);
    };
    this.onOnline = () => this.attempt.isOpen && !this.isBusy && this.send();
    this.store = `kds.basket.${branchId}`;
    this.attempt = new Attempt(branchId);
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
    this.isBusy = false;
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
    this.dishSheet = new DishSheet({ onAdd: (line) => this.keep({ lines: add(this.state.lines, line) }) });
    this.basketSheet = new BasketSheet({
      onStep: (key, by) => this.keep({ lines: change(this.state.lines, key, by) }),
      onDetail: (name, value) => this.keep({ [name]: value }),
      onKeep: (dish) => this.keep({ kept: keep(dish, this.state.allergies, this.state.kept) }),
      onTakeOff: (key) => this.keep({ lines: this.state.lines.filter((line) => lineKey(line) !== key) }),
      onPlace: () => this.place(),
      onClose: () => this.render(),
    });
    this.node = h("div", {}, this.view.node, this.dishSheet.node, this.basketSheet.node);
  }

  start() {
    this.render();
    this.link.start();
    if (this.placed.all().length > 0) this.showPlaced();
    addEventListener("online", this.onOnline);
    if (this.attempt.isOpen) {
      this.basketSheet.show();
      this.send();
    }
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
    const { PlacedBar } = await import("./placed-bar.js");
    this.placedBar = new PlacedBar(this.placed);
    this.view.showAbove(this.placedBar.node);
    this.placedBar.start(this.menu.timezone);
  }

  /** Fetched when it is wanted; without a network the menu goes on saying what each dish contains. */
  async askAllergies() {
    try {
      const { AllergySheet } = await import("./allergy-sheet.js");
      this.allergySheet ??= new AllergySheet({ onChange: (allergies) => this.keep({ allergies }) });
      if (!this.allergySheet.node.isConnected) this.node.append(this.allergySheet.node);
      this.allergySheet.show(this.allergens(), this.state.allergies);
    } catch {
      this.problem = say("order.noConnection");
      this.render();
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
    this.state = { ...this.state, ...change };
    this.problem = "";
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
    else
      this.keep({
        lines: add(this.state.lines, { menuItemId: dish.menuItemId, modifiers: [], note: "", quantity: 1 }),
      });
  }

  /** Plus on a dish with choices asks again; minus takes from the line added last. */
  stepDish(dish, by) {
    if (by > 0) {
      this.addOne(dish);
      return;
    }
    const line = this.state.lines.findLast((each) => each.menuItemId === dish.menuItemId);
    if (line) this.keep({ lines: change(this.state.lines, lineKey(line), by) });
  }

  allergens() {
    return allergensOf(this.menu.items);
  }

  render() {
    const { lines, allergies } = this.state;
    const isLocked = this.attempt.isOpen;
    const hidden = this.menu.items.filter((dish) => avoidedIn(dish, allergies).length > 0).length;
    const sections = this.sections(isLocked);
    const total = totalCents(lines, this.dishes);
    this.view.update({
      menu: this.menu,
      price: this.price,
      table: this.table,
      sections,
      allergies,
      hasAllergens: this.allergens().length > 0,
      hiddenWords: this.hiddenWords(hidden, sections),
      // said once: in the basket while that is open, above the menu else
      warning: this.basketSheet.node.open ? "" : this.tableProblem || this.pausedWords() || this.problem,
      canDismiss: this.problem !== "" && !this.tableProblem && !this.pausedWords() && !this.attempt.isOpen,
      count: countOf(lines),
      total,
      isLocked,
    });
    this.basketSheet.update({
      ...this.state,
      dishes: this.dishes,
      conflictOf: (dish) => conflictOf(dish, allergies, this.state.kept),
      missingField: this.missingField,
      price: this.price,
      total,
      types: this.types,
      table: this.table,
      problem: this.problem,
      isBusy: this.isBusy,
      isLocked,
    });
  }

  /** Said before the basket is filled; whether an order is taken says the server, whose clock may be another. */
  pausedWords() {
    const { open, until } = this.menu.ordering ?? { open: true };
    if (open || (until && Date.parse(until) <= Date.now())) return "";
    return until ? say("order.pausedUntil", { time: timeOfDay(Date.parse(until), this.menu.timezone) }) : say("order.paused");
  }

  hiddenWords(hidden, sections) {
    if (sections.length === 0)
      return say(this.search ? "order.noMatch" : "order.nothing");
    return hidden > 0 ? say("order.hidden", { count: hidden, allergens: sayList(this.state.allergies.map(allergenWords), "disjunction") }) : "";
  }

  sections(isLocked) {
    const sections = new Map();
    const isFound = searchFor(this.search);
    for (const dish of this.menu.items) {
      if (avoidedIn(dish, this.state.allergies).length > 0 || !isFound(searchedIn(dish))) continue;
      if (!sections.has(dish.section)) sections.set(dish.section, { name: dish.section, dishes: [] });
      sections.get(dish.section).dishes.push({ dish, count: countOfDish(this.state.lines, dish.menuItemId), isLocked });
    }
    return [...sections.values()];
  }

  async place() {
    if (this.isBusy) return;
    if (!this.attempt.isOpen) {
      if (!(await this.isAllergySafe())) return;
      const { lines, orderType, customerName, allergies } = this.state;
      const note = noteWithAllergies(allergies, this.state.note);
      const problem = this.missing({ note });
      if (problem) {
        this.refuse(problem);
        return;
      }
      const { branchId, table, tableToken } = this;
      const expectedTotalCents = totalCents(lines, this.dishes);
      this.attempt.begin({
        ...orderBody({ branchId, table, tableToken, lines, orderType, customerName, note }),
        expectedTotalCents,
      });
    }
    await this.send();
  }

  /** Whoever avoids something is asked by the menu as it is now, not as this page last heard of it. */
  async isAllergySafe() {
    const { lines, allergies } = this.state;
    if (allergies.length === 0 || lines.length === 0) return true;
    this.isBusy = true;
    this.render();
    const known = this.news.length;
    try {
      await this.refreshMenu();
    } finally {
      this.isBusy = false;
    }
    const isUnread = this.news.length > known;
    const mustDecide = isUndecided(this.state.lines, this.dishes, this.state);
    if (mustDecide || isUnread) this.refuse([...(isUnread ? this.news : []), mustDecide ? say("order.decide") : ""].join(" ").trim());
    return !mustDecide && !isUnread;
  }

  missing({ note }) {
    if (this.types.length === 0) return this.tableProblem;
    if (this.state.orderType !== "dine_in" && !this.state.customerName.trim()) {
      this.missingField = "customerName";
      return say("order.typeName");
    }
    const length = [...note].length; // as the server counts: an emoji is no two letters
    if (length > LONGEST_NOTE) return say("order.noteTooLong", { length, most: LONGEST_NOTE });
    return "";
  }

  async send() {
    this.isBusy = true;
    this.problem = "";
    this.render();
    try {
      const placed = await this.sendQuietly();
      writeJson(deviceStorage("sessionStorage"), this.store, null);
      this.onPlaced(placed);
    } catch (error) {
      this.isBusy = false;
      await this.explain(error);
    }
  }

  async sendQuietly() {
    for (const pauseMs of QUIET_TRIES_MS) {
      try {
        return await this.attempt.send();
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        await new Promise((resume) => setTimeout(resume, pauseMs));
      }
    }
    return this.attempt.send();
  }

  async explain(error) {
    if (error instanceof NoAnswer) {
      this.refuse(say(navigator.onLine ? "order.noAnswer" : "order.offline"));
      return;
    }
    if (!(error instanceof Refused)) throw error;
    if (error.code === "kitchen_busy") this.refuse(say("order.busy"));
    else if (error.status === 429) this.refuse(say("order.tooMany", { seconds: error.retryAfterS ?? 30 }));
    else if (error.isPassing) this.refuse(say("order.away"));
    else {
      this.refuse(knows(`refused.${error.code}`) ? say(`refused.${error.code}`) : error.message);
      await this.refreshMenu();
    }
  }

  refuse(problem) {
    this.problem = problem;
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
    if (this.attempt.isOpen) {
      this.render();
      return;
    }
    const { lines, gone, changed, added } = applyMenu(this.state.lines, before, this.dishes);
    const news = [
      gone.length > 0 ? say("order.gone", { dishes: sayList(gone) }) : "",
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

/** Where a search looks. */
const searchedIn = ({ name, description, section, allergens }) => [
  name,
  description ?? "",
  section,
  ...allergens,
  ...allergens.map(allergenWords),
];
