/** Turns presses into changes: bump, recall, a dish done, rush, hold, a void seen; remembers the last bump for 8 s. */

import { randomId } from "../../common/api.js";
import { actionWords } from "../state/action-words.js";

/** @typedef {import("../state/ticket-view.js").TicketView} View */
/** @typedef {import("../state/ticket-view.js").StationShare} StationShare */

const UNDO_MS = 8_000;
const DOUBLE_TAP_MS = 400;
const DOUBLE_TAP_PX = 48;

const NEXT = { SENT: "READY", READY: "COMPLETED" };
const BACK = { READY: "SENT", COMPLETED: "READY" };

export class Bumps {
  /** @param {{actions: import("../actions.js").Actions, clock: import("../../common/clock.js").ServerClock}} wiring */
  constructor({ actions, clock }) {
    this.actions = actions;
    this.clock = clock;
    this.last = null;
    this.lastTap = null;
  }

  /** A ticket moved up under the finger must not be bumped by the second half of a double tap. */
  isSecondOfDoubleTap({ x, y }) {
    const before = this.lastTap;
    this.lastTap = { x, y, at: performance.now() };
    if (!before || (x === 0 && y === 0)) return false;
    return this.lastTap.at - before.at < DOUBLE_TAP_MS && Math.hypot(x - before.x, y - before.y) < DOUBLE_TAP_PX;
  }

  /** What the header and Enter do: one step on; a held ticket is fired, a void one is seen. @param {View} view */
  bump(view) {
    if (view.isVoid) return this.seen(view);
    if (view.isHeld) return this.hold(view, false);
    const to = NEXT[view.column];
    if (!to) return undefined;
    this.last = { view, from: view.column, to, until: performance.now() + UNDO_MS };
    return this.move(view, view.column, to, { words: actionWords(view) });
  }

  /** One station's share of an order, as expo sees it. @param {View} view @param {StationShare} share */
  bumpStation(view, share) {
    const of = { ...view, targets: share.targets };
    this.last = { view: of, from: "SENT", to: "READY", until: performance.now() + UNDO_MS };
    this.move(of, "SENT", "READY", { words: `${share.name} ${view.number}` });
  }

  /** @param {View} view */
  recall(view) {
    const to = BACK[view.column];
    if (to) this.move(view, view.column, to, { words: `Recall ${view.number}` });
  }

  /** From the list of the shift, also when it is on no screen any more. @param {any} order as the server tells it */
  recallOrder({ orderId, orderNumber, status }) {
    const view = { orderId, number: orderNumber, column: status, targets: null };
    this.recall(view);
  }

  /** @returns {{number: number, leftS: number} | null} */
  undoable() {
    const leftMs = (this.last?.until ?? 0) - performance.now();
    return leftMs > 0 ? { number: this.last.view.number, leftS: Math.ceil(leftMs / 1000) } : null;
  }

  undo() {
    const { view, from, to } = this.last;
    this.last = null;
    this.lastTap = null;
    const moved =
      view.targets?.filter((target) => target.status === from).map((target) => ({ ...target, status: to })) ?? null;
    this.move({ ...view, targets: moved }, to, from, { words: `Undo ${view.number}`, isUndo: true });
  }

  /** @param {string} orderId @param {{itemId: string, isDone: boolean, name: string}} row a dish */
  markItem(orderId, row) {
    this.send(
      { kind: "item", orderId, itemId: row.itemId, done: !row.isDone },
      `${row.name}${row.isDone ? " not done" : " done"}`,
    );
  }

  /** @param {View} view */
  rush(view) {
    const to = view.isRush ? 0 : 1;
    const words = `${view.isRush ? "No rush" : "Rush"} ${view.number}`;
    this.send({ kind: "rush", orderId: view.orderId, from: view.priority, to }, words);
  }

  /** Holds a ticket back, or fires it: all of it that is not cooked yet. @param {View} view @param {boolean} held */
  hold(view, held) {
    const { orderId } = view;
    const words = `${held ? "Hold" : "Fire"} ${view.number}`;
    const at = this.now();
    if (view.targets === null) return this.send({ kind: "hold", orderId, held, at }, words);
    const meant = view.targets.filter(({ status, isHeld }) => status === "SENT" && isHeld !== held);
    return Promise.all(meant.map(({ kotId }) => this.send({ kind: "kot-hold", orderId, kotId, held, at }, words)));
  }

  /** Takes a void off: the whole ticket, or one dish of it. @param {View} view @param {string | null} itemId */
  seen(view, itemId = null) {
    const { orderId } = view;
    const words = `Seen ${view.number}`;
    if (view.isCancelled) return this.send({ kind: "acknowledge", orderId }, words);
    const items = itemId === null ? view.voids : [itemId];
    return Promise.all(items.map((each) => this.send({ kind: "seen", orderId, itemId: each }, words)));
  }

  now() {
    return new Date(this.clock.now()).toISOString();
  }

  /** The whole order in one change, or, with a station chosen, each of its KOTs that stands there. */
  async move(view, from, to, { words, isUndo = false }) {
    const { orderId } = view;
    const step = { orderId, from, to, at: this.now(), isUndo };
    const changes =
      view.targets === null
        ? [{ kind: "order", ...step }]
        : view.targets.filter(({ status }) => status === from).map(({ kotId }) => ({ kind: "kot", kotId, ...step }));
    const results = await Promise.all(changes.map((change) => this.send(change, words)));
    if (!results.every(Boolean) && this.last?.view === view) this.last = null;
  }

  send(change, words) {
    return this.actions.send({ id: randomId(), ...change }, words);
  }
}
