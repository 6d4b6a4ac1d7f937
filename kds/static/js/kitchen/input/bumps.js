/** Turns presses into changes: bump, recall, a dish done, rush, hold, a void seen; undo.js takes them back. */

import { randomId } from "../../common/server/api.js";
import { say } from "../../common/text/words.js";
import { actionWords } from "../state/ticket/action-words.js";
import { callOf } from "../state/orders/order-shape.js";
import { Undo } from "./undo.js";

/** @typedef {import("../state/ticket/ticket-view.js").TicketView} View */
/** @typedef {import("../state/ticket/ticket-view.js").StationShare} StationShare */
/** @typedef {{kotId: string | undefined, isDone: boolean}} Ended  how a change ended; `kotId`: where it was of one KOT */

const DOUBLE_TAP_MS = 400;
const DOUBLE_TAP_PX = 48;

const NEXT = { SENT: "READY", READY: "COMPLETED" };
const BACK = { READY: "SENT", COMPLETED: "READY" };

export class Bumps {
  /** @param {{actions: import("../actions.js").Actions, clock: import("../../common/server/clock.js").ServerClock}} wiring */
  constructor({ actions, clock }) {
    this.actions = actions;
    this.clock = clock;
    this.undos = new Undo();
    this.lastTap = null;
  }

  /** A ticket moved up under the finger must not be bumped by the second half of a double tap. */
  isSecondOfDoubleTap({ x, y }) {
    const before = this.lastTap;
    this.rememberTap({ x, y });
    if (!before || (x === 0 && y === 0)) return false;
    return this.lastTap.at - before.at < DOUBLE_TAP_MS && Math.hypot(x - before.x, y - before.y) < DOUBLE_TAP_PX;
  }

  /** What was tapped may leave a ticket behind, under the finger. */
  rememberTap({ x, y }) {
    this.lastTap = { x, y, at: performance.now() };
  }

  /** What the header and Enter do: one step on; a held ticket is fired, a void one is seen. @param {View} view */
  bump(view) {
    const to = NEXT[view.column];
    if (view.isVoid) this.seen(view);
    else if (view.isHeld) this.hold(view, false);
    else if (to) this.step(view, view.column, to, actionWords(view));
  }

  /** One station's share of an order, as expo sees it. @param {View} view @param {StationShare} share */
  bumpStation(view, share) {
    this.step({ ...view, targets: share.targets }, "SENT", "READY", `${share.name} ${view.number}`);
  }

  /** @param {View} view */
  recall(view) {
    const to = BACK[view.column];
    if (to) this.step(view, view.column, to, say("act.recall", { number: view.number }));
  }

  /** From the list of the shift, also when it is on no screen any more. @param {any} order as the server tells it */
  recallOrder(order) {
    this.recall({ orderId: order.orderId, number: callOf(order), column: order.status, targets: null });
  }

  /** What undo would take back now; null when nothing was pressed for a while. @returns {{words: string} | null} */
  undoable() {
    return this.undos.newest();
  }

  /** Takes the newest press back; again, the one before it. */
  undo() {
    if (this.undos.takeBack()) this.lastTap = null;
  }

  step(view, from, to, words) {
    const moved = view.targets?.filter((target) => target.status === from && !isLeftAlone(view, target)).map((target) => ({ ...target, status: to })) ?? null;
    const back = { words: say("act.undo", { what: String(view.number) }), isUndo: true };
    this.undoably(
      String(view.number),
      (refused) => this.move({ ...view, targets: without(moved, refused) }, to, from, back),
      () => this.move(view, from, to, { words }),
    );
  }

  /** @param {string} orderId @param {{itemIds: string[], isDone: boolean, name: string}} row a dish, of one line or of several equal ones */
  markItem(orderId, row) {
    const changes = (done) => row.itemIds.map((itemId) => ({ kind: "item", orderId, itemId, done }));
    const mark = (done) => this.sendAll(changes(done), say(done ? "act.done" : "act.notDone", { dish: row.name }));
    this.undoably(row.name, () => mark(row.isDone), () => mark(!row.isDone));
  }

  /** @param {View} view */
  rush(view) {
    const { orderId, number, priority } = view;
    const words = (to) => say(to > 0 ? "act.rush" : "act.noRush", { number });
    const rush = (from, to) => this.sendAll([{ kind: "rush", orderId, from, to }], words(to));
    const to = priority > 0 ? 0 : 1;
    this.undoably(say(to > 0 ? "undo.rush" : "undo.noRush", { number }), () => rush(to, priority), () => rush(priority, to));
  }

  /** Holds a ticket back, or fires it: all of it that is not cooked yet. @param {View} view @param {boolean} held */
  hold(view, held) {
    const words = say(held ? "undo.hold" : "undo.fire", { number: view.number });
    const meant = (view.targets ?? view.stations.flatMap(({ targets }) => targets)).filter((each) => isMeant(each, held));
    const kotIds = meant.map(({ kotId }) => kotId);
    // a hold that is taken back fires what it held, and nothing that waited before
    const targets = held || view.targets !== null ? meant.map((target) => ({ ...target, isHeld: held })) : null;
    const back = (refused) => this.setHeld({ ...view, targets: without(targets, refused) }, !held, { isUndo: true, kotIds });
    this.undoably(words, back, () => this.setHeld(view, held));
  }

  /** `isUndo`: a fire that is taken back leaves what was cooking before, and the rest waits for what it waited for. */
  setHeld(view, held, { isUndo = false, kotIds = null } = {}) {
    const { orderId } = view;
    const words = say(held ? "act.hold" : "act.fire", { number: view.number });
    const step = { orderId, held, at: this.now(), ...(isUndo ? { isUndo } : {}) };
    if (view.targets === null) return this.sendAll([{ kind: "hold", ...step, ...(isUndo ? { kotIds } : {}) }], words);
    const meant = view.targets.filter((target) => isMeant(target, held));
    return this.sendAll(meant.map(({ kotId }) => ({ kind: "kot-hold", kotId, ...step })), words);
  }

  /**
   * A press that undo takes back, as far as it was done: what the server refused is somebody else's doing.
   * @param {string} words @param {(refused: Set<string>) => void} takeBack  told which KOTs refused @param {() => Promise<Ended[]>} press
   */
  async undoably(words, takeBack, press) {
    const refused = new Set();
    const remembered = this.undos.remember(words, () => takeBack(refused));
    const ended = await press();
    for (const { kotId, isDone } of ended) if (!isDone) refused.add(kotId);
    if (!ended.some(({ isDone }) => isDone)) this.undos.forget(remembered);
  }

  /** Takes a void off, the whole ticket or one dish of it, or the mark of what changed. @param {View} view @param {string | null} itemId */
  seen(view, itemId = null) {
    const { orderId } = view;
    const words = say("act.seen", { number: view.number });
    const changed = view.isVoid ? undefined : view.rows.find((row) => row.change && (row.itemId ?? null) === itemId);
    if (changed) return this.seenChange(orderId, changed, words);
    if (view.isCancelled) return this.send({ kind: "acknowledge", orderId }, words);
    const items = itemId === null ? view.voids : [itemId];
    return Promise.all(items.map((each) => this.send({ kind: "seen", orderId, itemId: each }, words)));
  }

  /** What the sheet of an order asks for. @param {any} order @param {{kind: "void" | "refire" | "cancel", itemId?: string, reason: string | null}} what @param {string} words */
  takeBack({ orderId }, what, words) {
    return this.send({ orderId, ...what }, words);
  }

  /** @param {string} orderId @param {any} row a dish or an order that changed: the mark goes that stands there, not one that comes after */
  seenChange(orderId, { itemId, change }, words) {
    if (itemId) return this.send({ kind: "change-seen", orderId, itemId, at: change.at }, words);
    return Promise.all(change.marks.map(({ kotId, at }) => this.send({ kind: "kot-change-seen", orderId, kotId, at }, words)));
  }

  now() {
    return new Date(this.clock.now()).toISOString();
  }

  /** The whole order in one change, or, with a station chosen, each of its KOTs that stands there. */
  move(view, from, to, { words, isUndo = false }) {
    const { orderId } = view;
    const step = { orderId, from, to, at: this.now(), isUndo };
    const changes =
      view.targets === null
        ? [{ kind: "order", ...step }]
        : view.targets.filter((target) => target.status === from && !isLeftAlone(view, target)).map(({ kotId }) => ({ kind: "kot", kotId, ...step }));
    return this.sendAll(changes, words);
  }

  /** @returns {Promise<Ended[]>} */
  sendAll(changes, words) {
    return Promise.all(changes.map(async (change) => ({ kotId: change.kotId, isDone: await this.send(change, words) })));
  }

  send(change, words) {
    return this.actions.send({ id: randomId(), ...change }, words);
  }
}

/** A bump of what is being cooked means nothing that waits; of a ticket that waits as a whole it means all. */
const isLeftAlone = (view, { status, isWaiting }) => status === "SENT" && isWaiting && view.targets.some((each) => each.status === "SENT" && !each.isHeld);

const isMeant = ({ status, isHeld }, held) => status === "SENT" && isHeld !== held;
const without = (targets, refused) => targets?.filter(({ kotId }) => !refused.has(kotId)) ?? null;
