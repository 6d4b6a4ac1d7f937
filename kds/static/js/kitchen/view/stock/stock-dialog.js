/** 86: every dish of the menu, those of the ticket first. One press and it is sold out, or counted; one lifts that. */

import { KeyedList, h, setText } from "../../../common/dom/dom.js";
import { say, searchFor } from "../../../common/text/words.js";
import { keycap, keyLabel } from "../../device/keycap.js";
import { DIGITS, commandOf } from "../../input/keys.js";
import { dishGroups } from "../../state/board/dishes.js";
import { callOf } from "../../state/orders/order-shape.js";
import { StockChoice } from "./stock-choice.js";
import { StockRow } from "./stock-row.js";
import { walk } from "../dialogs/walk.js";

/** Of the groups that neither a ticket nor the menu names. */
const TITLES = { special: "stock.special", board: "stock.board" };

export class StockDialog {
  /**
   * @param {{
   *   dishes: () => {list: import("../../state/board/dishes.js").Dish[], isKnown: boolean, hasFailed: boolean}, ask: () => void,
   *   keys: () => ReturnType<typeof import("../../input/keys.js").keyMap>, timezone: () => string | undefined,
   *   onPress: (dish: import("../../state/board/dishes.js").Dish, wanted: import("../../state/board/dishes.js").Wanted, event: {clientX: number, clientY: number}) => void
   * }} act  `ask`: for what is newest; `keys`: those of this device
   */
  constructor({ dishes, ask, keys, timezone, onPress }) {
    this.dishes = dishes;
    this.ask = ask;
    this.keys = keys;
    this.onPress = onPress;
    this.groups = null;
    this.found = [];
    this.choice = new StockChoice(() => this.choice && this.update());
    this.search = h("input", {
      class: "stock-search",
      type: "text",
      autocomplete: "off",
      "aria-label": say("order.searchMenu"),
      placeholder: say("order.searchMenu"),
      oninput: () => this.update(),
    });
    this.state = h("p", { role: "status" });
    const row = () =>
      new StockRow({
        timezone,
        onPress: (dish, event) => this.press(dish, this.choice.wanted, event),
        onLift: (dish, event) => this.press(dish, { soldOut: false }, event),
      });
    this.list = h("div", { class: "stock-list" });
    this.sections = new KeyedList(this.list, ({ kind, name }) => `${kind} ${name}`, (group) => new Section(group, row));
    // the focus stands here first: an Enter too many sells nothing out
    const close = h("button", { type: "button", class: "choice choice-main", autofocus: true, onclick: () => this.node.close() }, keycap("leave"), say("close"));
    this.node = h(
      "dialog",
      { class: "options stock-dialog", "aria-label": say("key.soldOut") },
      h("div", { class: "stock-head" }, h("h2", {}, say("key.soldOut")), this.search),
      this.choice.node,
      this.state,
      this.list,
      h("div", { class: "options-end" }, close),
    );
    this.node.addEventListener("keydown", (event) => this.pressed(event));
  }

  get isOpen() {
    return this.node.open;
  }

  /** @param {{order: any, orders: any[]}} board  `order`: whose dishes stand first, or null; `orders`: all that are open */
  show(board) {
    if (this.isOpen) return;
    this.board = board;
    this.groups = null;
    this.search.value = "";
    this.choice.startOver();
    this.node.showModal();
    this.list.scrollTop = this.node.scrollTop = 0;
    this.ask();
  }

  /** Called with every picture of the board while it is open: nothing moves, whatever changes. */
  update() {
    const { list, isKnown, hasFailed } = this.dishes();
    if (this.groups === null && isKnown) this.groups = dishGroups(list, this.board);
    const byId = new Map(list.map((dish) => [dish.menuItemId, dish]));
    const isFound = searchFor(this.search.value);
    const groups = (this.groups ?? []).map((group) => ({ ...group, dishes: group.ids.map((id) => byId.get(id)).filter((dish) => dish && isFound([dish.name, dish.section])) }));
    this.found = groups.flatMap(({ dishes }) => dishes);
    const digits = new Map(this.found.slice(0, DIGITS.length).map(({ menuItemId }, index) => [menuItemId, keyLabel(`digit ${DIGITS[index]}`)]));
    this.sections.update(groups.filter(({ dishes }) => dishes.length > 0).map((group) => ({ ...group, title: this.titleOf(group), digits })));
    setText(this.state, this.stateWords(isKnown, hasFailed));
  }

  stateWords(isKnown, hasFailed) {
    if (!isKnown) return say(hasFailed ? "earlier.noAnswer" : "stock.fetching");
    return this.found.length === 0 ? say("order.noMatch") : say("stock.press", { what: this.choice.words });
  }

  titleOf({ kind, name }) {
    if (kind === "section") return name;
    if (kind in TITLES) return say(TITLES[kind]);
    const { order } = this.board;
    return `${callOf(order)} ${order.table || order.customerName || ""}`;
  }

  press(dish, wanted, event) {
    this.node.close();
    this.onPress(dish, wanted, event);
  }

  pressed(event) {
    const command = commandOf(event, this.keys());
    if (!command || !this.isOpen) return; // for a moment the focus stays in a dialog that was closed
    if (command.name === "move") walk(event, command.direction, this.node);
    if (event.target.matches("input")) return;
    const dish = command.name === "digit" ? this.found[command.index] : undefined;
    const act = {
      digit: () => dish && this.press(dish, this.choice.wanted, { clientX: 0, clientY: 0 }),
      zoom: () => this.choice.count(command.step),
      tab: () => this.choice.chooseNext(),
      soldOut: () => this.node.close(),
    }[command.name];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

class Section {
  constructor(_, makeRow) {
    this.title = h("bdi");
    this.list = h("ul");
    this.rows = new KeyedList(this.list, ({ dish }) => dish.menuItemId, makeRow);
    this.node = h("section", {}, h("h3", {}, this.title), this.list);
  }

  update({ title, dishes, digits }) {
    setText(this.title, title);
    this.rows.update(dishes.map((dish) => ({ dish, key: digits.get(dish.menuItemId) ?? "" })));
  }
}
