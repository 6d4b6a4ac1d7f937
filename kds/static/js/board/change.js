/**
 * What a cook pressed, as plain data: what it does to an order, and how to tell that it is done. Pure.
 *
 * A change can be stored and replayed as it is (an offline queue needs no more than this), because it
 * carries what the cook saw (`from`) and when (`at`, by the server's clock).
 *
 * @typedef {{id: string, kind: "order", orderId: string, from: string, to: string, at: string}} OrderChange
 * @typedef {{id: string, kind: "kot", orderId: string, kotId: string, from: string, to: string, at: string}} KotChange
 * @typedef {{id: string, kind: "item", orderId: string, itemId: string, done: boolean}} ItemChange
 * @typedef {{id: string, kind: "acknowledge", orderId: string}} Acknowledgement
 * @typedef {OrderChange | KotChange | ItemChange | Acknowledgement} Change
 */

/** @param {Change} change */
export function applyChange(order, change) {
  switch (change.kind) {
    case "order":
      return order.status === change.from ? withStatus(order, change) : order;
    case "kot":
      return rolledUp(withKot(order, change), change);
    case "item":
      return {
        ...order,
        items: order.items.map((item) => (item.itemId === change.itemId ? { ...item, done: change.done } : item)),
      };
    default:
      return { ...order, acknowledged: true };
  }
}

/** @param {Change} change */
export function isSatisfied(order, change) {
  switch (change.kind) {
    case "order":
      return order.status === change.to;
    case "kot":
      return order.kots.some((kot) => kot.kotId === change.kotId && kot.status === change.to);
    case "item":
      return order.items.some((item) => item.itemId === change.itemId && item.done === change.done);
    default:
      return order.acknowledged;
  }
}

function withStatus(order, change) {
  const kots = order.kots.map((kot) => (kot.status === change.from ? moved(kot, change) : kot));
  return { ...moved(order, change), kots };
}

function withKot(order, change) {
  const isMeant = (kot) => kot.kotId === change.kotId && kot.status === change.from;
  return { ...order, kots: order.kots.map((kot) => (isMeant(kot) ? moved(kot, change) : kot)) };
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

/** An order or a KOT in its new status, with the time of that step. */
function moved(thing, { to, at }) {
  if (to === "READY") return { ...thing, status: to, readyAt: thing.readyAt ?? at, completedAt: null };
  if (to === "COMPLETED") return { ...thing, status: to, completedAt: thing.completedAt ?? at };
  return { ...thing, status: to, readyAt: null, completedAt: null };
}
