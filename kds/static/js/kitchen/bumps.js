/** Turns presses into changes: bump, recall, a dish done, a void seen; and remembers the last bump for 8 s. */

import { randomId } from "../ids.js";

const UNDO_MS = 8_000;
const DOUBLE_TAP_MS = 400;
const DOUBLE_TAP_PX = 48;

const NEXT = { SENT: "READY", READY: "COMPLETED" };
const BACK = { READY: "SENT", COMPLETED: "READY" };

export class Bumps {
  /** @param {{actions: import("./actions.js").Actions, clock: import("../clock.js").ServerClock}} wiring */
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

  /** @param {import("../board/ticket-view.js").TicketView} view */
  bump(view) {
    if (view.isVoid) return this.send({ kind: "acknowledge", orderId: view.orderId }, `Seen ${view.number}`);
    const to = NEXT[view.column];
    if (!to) return undefined;
    this.last = { view, from: view.column, to, until: performance.now() + UNDO_MS };
    return this.move(view, view.column, to, `${to === "READY" ? "Ready" : "Complete"} ${view.number}`);
  }

  /** @param {import("../board/ticket-view.js").TicketView} view */
  recall(view) {
    const to = BACK[view.column];
    if (to) this.move(view, view.column, to, `Recall ${view.number}`);
  }

  /** @returns {{number: number, leftS: number} | null} */
  undoable() {
    const leftMs = (this.last?.until ?? 0) - performance.now();
    return leftMs > 0 ? { number: this.last.view.number, leftS: Math.ceil(leftMs / 1000) } : null;
  }

  undo() {
    const { view, from, to } = this.last;
    this.last = null;
    const moved =
      view.targets?.filter((target) => target.status === from).map((target) => ({ ...target, status: to })) ?? null;
    this.move({ ...view, targets: moved }, to, from, `Undo ${view.number}`);
  }

  /** @param {string} orderId @param {{itemId: string, isDone: boolean, name: string}} row */
  markItem(orderId, row) {
    this.send(
      { kind: "item", orderId, itemId: row.itemId, done: !row.isDone },
      `${row.name}${row.isDone ? " not done" : " done"}`,
    );
  }

  /** The whole order in one change, or, with a station chosen, each of its KOTs that stands there. */
  async move(view, from, to, words) {
    const at = new Date(this.clock.now()).toISOString();
    const { orderId } = view;
    const changes =
      view.targets === null
        ? [{ kind: "order", orderId, from, to, at }]
        : view.targets
            .filter((target) => target.status === from)
            .map(({ kotId }) => ({ kind: "kot", orderId, kotId, from, to, at }));
    const results = await Promise.all(changes.map((change) => this.send(change, words)));
    if (!results.every(Boolean) && this.last?.view === view) this.last = null;
  }

  send(change, words) {
    return this.actions.send({ id: randomId(), ...change }, words);
  }
}
