/**
 * What a cook pressed, as plain data: what it does to an order, and how to tell that it is done. Pure.
 *
 * A change can be stored and replayed as it is (an offline queue needs no more than this), because it
 * carries what the cook saw (`from`) and when (`at`, by the server's clock).
 *
 * @typedef {{id: string, orderId: string, from: string, to: string, at: string, isUndo: boolean}} Step
 * @typedef {{id: string, orderId: string, held: boolean, at: string, isUndo?: true}} Hold
 * @typedef {Step & {kind: "order"}} OrderChange
 * @typedef {Step & {kind: "kot", kotId: string}} KotChange
 * @typedef {{id: string, kind: "item", orderId: string, itemId: string, done: boolean}} ItemChange
 * @typedef {{id: string, kind: "rush", orderId: string, from: number, to: number}} RushChange
 * @typedef {Hold & {kind: "hold", kotIds?: string[]}} HoldChange  `kotIds`: those that were fired and are taken back
 * @typedef {Hold & {kind: "kot-hold", kotId: string}} KotHoldChange
 * @typedef {{id: string, kind: "seen", orderId: string, itemId: string}} SeenChange
 * @typedef {{id: string, kind: "acknowledge", orderId: string}} Acknowledgement
 * @typedef {{id: string, kind: "void" | "refire", orderId: string, itemId: string, reason: string | null}} TakeBack
 * @typedef {{id: string, kind: "cancel", orderId: string, reason: string | null}} Cancel
 * @typedef {{id: string, kind: "change-seen", orderId: string, itemId: string, at: string}} LineChangeSeen
 * @typedef {{id: string, kind: "kot-change-seen", orderId: string, kotId: string, at: string}} KotChangeSeen
 * @typedef {import("../board/dishes.js").DishChange} DishChange  of the menu: it lies over no order
 * @typedef {OrderChange | KotChange | ItemChange | RushChange | HoldChange | KotHoldChange | SeenChange | TakeBack | Cancel | DishChange | Acknowledgement | LineChangeSeen | KotChangeSeen} Change
 */

import { faultOf } from "./order-shape.js";

/** What each kind does to the order, and how to tell from an order that it is done. */
const KINDS = {
  order: {
    apply: (order, change) => (order.status === change.from ? withStatus(order, change) : order),
    isDone: (order, change) => order.status === change.to,
  },
  kot: {
    apply: (order, change) => rolledUp(withKot(order, change), change),
    isDone: (order, change) => kotOf(order, change)?.status === change.to,
  },
  item: {
    apply: (order, change) => withItem(order, change.itemId, { done: change.done }),
    isDone: (order, change) => itemOf(order, change)?.done === change.done,
  },
  rush: {
    apply: (order, change) => ({ ...order, priority: change.to }),
    isDone: (order, change) => order.priority === change.to,
  },
  hold: {
    apply: (order, change) => withHold(order, change, (kot) => isHeldWith(kot, change)),
    isDone: (order, change) => order.kots.every((kot) => kot.status !== "SENT" || kot.held === change.held || !isHeldWith(kot, change)),
  },
  "kot-hold": {
    apply: (order, change) => withHold(order, change, (kot) => kot.kotId === change.kotId),
    isDone: (order, change) => kotOf(order, change)?.held === change.held,
  },
  seen: {
    apply: (order, change) => withItem(order, change.itemId, { acknowledged: true }),
    isDone: (order, change) => itemOf(order, change)?.acknowledged === true,
  },
  void: {
    apply: (order, change) => withItem(order, change.itemId, { voided: true }),
    isDone: (order, change) => itemOf(order, change)?.voided === true,
  },
  // its ticket has a name that the server gives
  refire: {
    apply: (order) => order,
    isDone: (order, change) => order.items.some((item) => item.refire && item.partOf === change.itemId && !item.done),
  },
  cancel: {
    apply: (order) => ({ ...order, status: "CANCELLED" }),
    isDone: (order) => order.status === "CANCELLED",
  },
  "change-seen": {
    apply: (order, change) => (isDated(itemOf(order, change), change) ? withItem(order, change.itemId, { changed: undefined }) : order),
    isDone: (order, change) => !isDated(itemOf(order, change), change),
  },
  "kot-change-seen": {
    apply: (order, change) => ({ ...order, kots: order.kots.map((kot) => (isOfKot(kot, change) ? { ...kot, changed: undefined } : kot)) }),
    isDone: (order, change) => !order.kots.some((kot) => isOfKot(kot, change)),
  },
  acknowledge: {
    apply: (order) => ({ ...order, acknowledged: true }),
    isDone: (order) => order.acknowledged,
  },
};

/** An order that cannot be painted is left as it is: nothing can be pressed on it. @param {Change} change */
export function applyChange(order, change) {
  return faultOf(order) === null ? KINDS[change.kind].apply(order, change) : order;
}

/** @param {Change} change @returns {boolean} */
export function isSatisfied(order, change) {
  return faultOf(order) !== null || Boolean(KINDS[change.kind].isDone(order, change));
}

/** Whether it still has the mark that was seen, and no newer one. */
const isDated = (part, { at }) => part?.changed?.at === at;
const isOfKot = (kot, change) => kot.kotId === change.kotId && isDated(kot, change);
const isHeldWith = ({ kotId }, { kotIds }) => kotIds === undefined || kotIds.includes(kotId);
const kotOf = (order, { kotId }) => order.kots.find((kot) => kot.kotId === kotId);
const itemOf = (order, { itemId }) => order.items.find((item) => item.itemId === itemId);

function withItem(order, itemId, what) {
  return { ...order, items: order.items.map((item) => (item.itemId === itemId ? { ...item, ...what } : item)) };
}

/** A held ticket that is fired counts its age from then. */
function withHold(order, { held, at }, isMeant) {
  const set = (kot) => ({ ...kot, held, waitsFor: undefined, firedAt: held ? kot.firedAt : at });
  return {
    ...order,
    kots: order.kots.map((kot) =>
      kot.status === "SENT" && Boolean(kot.held) !== held && isMeant(kot) ? set(kot) : kot,
    ),
  };
}

function withStatus(order, change) {
  const kots = order.kots.map((kot) => (kot.status === change.from ? movedKot(kot, change) : kot));
  return { ...moved(order, change), kots };
}

function withKot(order, change) {
  const isMeant = (kot) => kot.kotId === change.kotId && kot.status === change.from;
  return { ...order, kots: order.kots.map((kot) => (isMeant(kot) ? movedKot(kot, change) : kot)) };
}

/** READY when all live KOTs are, COMPLETED when all are completed; the database says the same a moment later. */
function rolledUp(order, change) {
  const live = order.kots.filter((kot) => kot.status !== "CANCELLED");
  if (live.length === 0) return order;
  const to = live.some((kot) => kot.status === "SENT")
    ? "SENT"
    : live.every((kot) => kot.status === "COMPLETED")
      ? "COMPLETED"
      : "READY";
  return to === order.status ? order : moved(order, { to, at: change.at });
}

const STEPS = ["SENT", "READY", "COMPLETED"];

/** A step back that undoes nothing is a recall, and says so until the ticket is completed. */
function movedKot(kot, change) {
  const isBack = STEPS.indexOf(change.to) < STEPS.indexOf(change.from);
  const recalled = change.to === "COMPLETED" ? false : (isBack && !change.isUndo) || Boolean(kot.recalled);
  return { ...moved(kot, change), recalled, held: change.to === "SENT" && Boolean(kot.held) };
}

/** An order or a KOT in its new status, with the time of that step. */
function moved(thing, { to, at }) {
  if (to === "READY") return { ...thing, status: to, readyAt: thing.readyAt ?? at, completedAt: null };
  if (to === "COMPLETED") return { ...thing, status: to, completedAt: thing.completedAt ?? at };
  return { ...thing, status: to, readyAt: null, completedAt: null };
}
