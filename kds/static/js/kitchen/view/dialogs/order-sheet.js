/**
 * The whole of an order, as a sheet over the board: who serves it, every dish with its words, its allergens, its station and
 * how far it is; and who bumped it, which the server is asked for.
 */

import { NoAnswer, Refused } from "../../../common/server/api.js";
import { h, reconcile, setAttribute } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { knows, say, sayList, sayParts } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { commandOf } from "../../input/keys.js";
import { changeOfLine, changeOfOrder } from "../../state/ticket/changes.js";
import { callOf, faultOf } from "../../state/orders/order-shape.js";
import { stepsOf } from "../../state/orders/order-steps.js";
import { seatWords } from "../../state/ticket/ticket-rows.js";
import { VIP, whoOf } from "../../state/ticket/ticket-view.js";
import { tagWords } from "../ticket/ticket-head.js";
import { walk } from "./walk.js";

export class OrderSheet {
  /**
   * @param {{
   *   history: (orderId: string) => Promise<{actions: any[]}>, timezone: () => string | undefined,
   *   why: (what: string, act: (reason: string | null) => void) => void, keys: () => ReturnType<typeof import("../../input/keys.js").keyMap>,
   *   onSoldOut: (order: any) => void, onTakeBack: (order: any, what: {kind: "void" | "refire" | "cancel", itemId?: string, reason: string | null}, words: string) => void
   * }} act  `timezone`: of the branch; `why`: asks for the reason of what is called so; `keys`: those of this device; `onSoldOut`: shows
   *   what of its dishes is left
   */
  constructor({ history, timezone, why, keys, onSoldOut, onTakeBack }) {
    this.history = history;
    this.timezone = timezone;
    this.why = why;
    this.keys = keys;
    this.onTakeBack = onTakeBack;
    const soldOut = () => {
      this.node.close();
      onSoldOut(this.painted);
    };
    this.soldOut = h("button", { type: "button", class: "choice", "data-act": "soldOut", onclick: soldOut }, keycap("soldOut"), say("key.soldOut"));
    /** The order that it showed last. */
    this.orderId = null;
    this.painted = null;
    /** Of the board, which goes on; else of a list, as it stood there. */
    this.isLive = true;
    this.title = h("h2");
    this.gone = h("p", { role: "status", hidden: true }, say("sheet.gone"));
    this.list = h("ul", { class: "sheet-list" });
    this.steps = h("ul", { class: "sheet-steps", "aria-label": say("sheet.who") });
    this.ends = h("span", { class: "sheet-acts" });
    // the focus stands here first, and on nothing that takes a dish back
    const close = h("button", { type: "button", class: "choice choice-main", autofocus: true, onclick: () => this.node.close() }, keycap("leave"), say("close"));
    this.node = h(
      "dialog",
      { class: "options order-sheet", "aria-label": say("key.whole") },
      this.title,
      this.gone,
      this.list,
      this.steps,
      h("div", { class: "options-end" }, close, this.ends),
    );
    this.node.addEventListener("keydown", (event) => this.walk(event));
  }

  get isOpen() {
    return this.node.open;
  }

  /** @param {string} orderId  @param {any} order as this screen shows it; it can be painted  @param {{isLive?: boolean}} how */
  show(orderId, order, { isLive = true } = {}) {
    if (this.isOpen) return;
    this.orderId = orderId;
    this.isLive = isLive;
    setAttribute(this.gone, "hidden", true);
    this.paint(order);
    this.node.showModal();
    this.node.scrollTop = 0; // Close stands at the end
    this.askSteps(orderId, order);
  }

  async askSteps(orderId, order) {
    this.steps.replaceChildren();
    try {
      const { actions } = await this.history(orderId);
      if (this.orderId === orderId) reconcile(this.steps, stepsOf(actions, order).map((step) => stepLine(step, this.timezone())));
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      if (this.orderId === orderId) this.steps.replaceChildren(h("li", {}, say("sheet.whoUnknown")));
    }
  }

  /** Called with every picture of the board while it is open. @param {any} order null: it is no longer there */
  update(order) {
    if (!this.isLive) return;
    const isThere = order !== null && faultOf(order) === null;
    setAttribute(this.gone, "hidden", isThere);
    if (isThere && order !== this.painted) this.paint(order);
  }

  /** @param {boolean} isAllowed for this login */
  offerSoldOut(isAllowed) {
    setAttribute(this.soldOut, "hidden", !isAllowed);
  }

  paint(order) {
    this.painted = order;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.act : undefined;
    const place = order.table || order.customerName || "";
    this.title.replaceChildren(h("bdi", {}, String(callOf(order))), " ", h("bdi", {}, place));
    const change = changeOfOrder(order, order.kots);
    const changed = change ? [h("li", { class: "sheet-note" }, changeLine(change))] : [];
    const facts = [factsOf(order), order.note].filter(Boolean).map((text) => h("li", { class: "sheet-note", dir: "auto" }, text));
    this.list.replaceChildren(...changed, ...facts, ...order.items.map((item) => this.dishLine(order, item)));
    const cancel = { kind: "cancel", words: say("act.cancel", { number: callOf(order) }) };
    this.ends.replaceChildren(this.soldOut, ...(isOpen(order) ? [this.actButton(order, cancel)] : []));
    if (focused) this.actButtons().find((button) => button.dataset.act === focused)?.focus();
  }

  dishLine(order, item) {
    const kot = order.kots.find(({ kotId }) => kotId === item.kotId);
    const dish = item.name;
    const can = {
      refire: isCooked(item, kot) && !isVoid(order, item, kot),
      void: isOpen(order) && !isVoid(order, item, kot),
    };
    const acts = ["refire", "void"].filter((kind) => can[kind]);
    const buttons = acts.map((kind) => this.actButton(order, { kind, itemId: item.itemId, words: say(`act.${kind}`, { dish }) }));
    return dishLine(item, kot, buttons);
  }

  /** @param {any} order @param {{kind: "void" | "refire" | "cancel", itemId?: string, words: string}} act  `words`: with its dish */
  actButton(order, { kind, itemId, words }) {
    const act = (reason) => {
      this.node.close();
      this.onTakeBack(order, { kind, ...(itemId && { itemId }), reason }, words);
    };
    return h(
      "button",
      { type: "button", class: "choice", "aria-label": words, "data-act": `${kind} ${itemId ?? ""}`, onclick: () => this.why(words, act) },
      say(`sheet.${kind}`),
    );
  }

  actButtons() {
    return [...this.node.querySelectorAll("button")];
  }

  walk(event) {
    const command = commandOf(event, this.keys());
    if (command?.name === "move" && this.isOpen) walk(event, command.direction, this.node);
  }
}

const isOpen = ({ status }) => status === "SENT" || status === "READY";
const isVoid = (order, item, kot) => item.voided || order.status === "CANCELLED" || kot?.status === "CANCELLED";
const isCooked = (item, kot) => item.done || (kot !== undefined && kot.status !== "SENT");

/** "Order 17, Anna, 4 covers, VIP, PAID": what is told of the order itself. */
function factsOf(order) {
  const { displayNumber, orderNumber, priority, paidAt } = order;
  const rank = priority > 0 && tagWords(priority >= VIP ? "VIP" : "RUSH");
  return sayParts([displayNumber && say("ticket.order", { number: orderNumber }), whoOf(order), rank, paidAt && tagWords("PAID")]);
}

function stepLine({ at, became, station, who }, timezone) {
  const words = sayParts([say(`step.${became}`), station]);
  return h("li", {}, h("span", {}, timeOfDay(at, timezone)), h("bdi", {}, words), h("bdi", { class: "sheet-who" }, who));
}

/** Whole, old and new, as it is heard. */
const changeLine = (change) => h("span", { class: "sheet-change", dir: "auto" }, h("strong", {}, say("ticket.changed")), ` ${change.words}`);

function dishLine(item, kot, buttons) {
  const change = kot?.status === "SENT" || kot?.status === "READY" ? changeOfLine(item) : null;
  const state = kot?.held ? "held" : item.voided ? "CANCELLED" : item.done && kot?.status === "SENT" ? "done" : kot?.status;
  const words = [item.seat && seatWords(item.seat), ...item.modifiers, item.note].filter(Boolean);
  const allergens = item.allergens ?? [];
  return h(
    "li",
    { class: "sheet-dish", "data-item-id": item.itemId },
    h("strong", {}, `${item.quantity} `, h("bdi", {}, item.name)),
    change ? changeLine(change) : null,
    ...words.map((text) => h("span", { dir: "auto" }, text)),
    allergens.length > 0 ? h("span", {}, say("order.contains", { allergens: sayList(allergens) })) : null,
    h("span", { class: "sheet-state" }, sayParts([item.station ?? kot?.station, state && say(`state.${state}`), ...marksOf(item)])),
    buttons.length > 0 ? h("div", { class: "sheet-acts" }, ...buttons) : null,
  );
}

/** What it is to other dishes, and why it was taken back. */
function marksOf({ refire, partOf, voidReason }) {
  const reason = `reason.${voidReason}`;
  return [refire ? say("state.refire") : partOf && say("state.part"), knows(reason) && say(reason)];
}
