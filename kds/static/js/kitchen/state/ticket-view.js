/**
 * What a ticket shows, worked out from an order: words, rows, tags and times. Pure; components only paint it.
 *
 * With a station chosen, a ticket is that station's share of the order: its dishes, its status, its times.
 */

import { allergyOf } from "../../common/allergy.js";
import { momentOf } from "../../common/moments.js";
import { shortened } from "../../common/text.js";
import { faultOf, numberOf } from "./order-shape.js";
import { rowsOf } from "./ticket-rows.js";

/**
 * @typedef {{kotId: string, status: string, isHeld: boolean}} Target
 * @typedef {{name: string, done: number, total: number, isReady: boolean, targets: Target[]}} StationShare
 * @typedef {{
 *   key: string, orderId: string, number: number | string, fault: string | null, paintFault: string | null, place: string, placeShort: string, type: string, orderType: string,
 *   column: "SENT" | "READY" | "COMPLETED", isVoid: boolean, isCancelled: boolean, isHeld: boolean,
 *   placedAt: number | null, startedAt: number | null, completedAt: number | null,
 *   isRush: boolean, priority: number, allergy: string, tags: string[], rows: import("./ticket-rows.js").Row[],
 *   voids: string[], stations: StationShare[], targets: Target[] | null
 * }} TicketView
 *   `fault`: why this order cannot be shown, `paintFault`: why its picture failed just now, else null;
 *   `isCancelled`: the order as a whole; `isVoid`: nothing of this ticket is to be cooked any more;
 *   `voids`: the items that were taken back and not yet seen; `stations`: who cooks what, for expo;
 *   `targets`: the KOTs that a bump of this ticket means; null means the whole order
 */

/** A longer name of a table or a guest is cut: it must not push the dishes off the ticket. */
const PLACE_MAX = 90;
const TYPES = new Map([["dine_in", "Dine in"], ["takeaway", "Takeaway"], ["delivery", "Delivery"]]);
const SHORT = new Map([["takeaway", "to go"], ["delivery", "delivery"]]);

/**
 * @param {any} order  @param {string | null} station null: all of them  @param {string} orderId the order's name on this board
 * @returns {TicketView | null} null when the station has no part in the order
 */
export function ticketView(order, station, orderId = order.orderId) {
  const fault = faultOf(order);
  if (fault !== null) return unshownView(order, station, { orderId, fault });
  const view = shownView(order, station);
  const hasRowsOfOneKey = view !== null && new Set(view.rows.map((row) => row.key)).size < view.rows.length;
  return hasRowsOfOneKey ? unshownView(order, station, { orderId, fault: "two rows have one name" }) : view;
}

/** Whether a ticket stands there with its dishes, so that somebody may act on it. @param {TicketView} view */
export const canBeShown = (view) => view.fault === null && view.paintFault === null;

/** Stands in the place of an order that cannot be shown, so that somebody looks it up; nothing can be pressed on it. */
function unshownView(order, station, { orderId, fault }) {
  const kots = Array.isArray(order?.kots) ? order.kots : [];
  const isElsewhere = kots.length > 0 && kots.every((kot) => typeof kot?.station === "string" && kot.station !== station);
  if (station !== null && isElsewhere) return null;
  if (order?.status === "CANCELLED" && order.acknowledged) return null;
  const placedAt = momentOf(order?.placedAt);
  return {
    key: orderId,
    orderId,
    number: numberOf(order),
    fault,
    paintFault: null,
    place: "",
    placeShort: "",
    type: "",
    orderType: "",
    column: order?.status === "READY" || order?.status === "COMPLETED" ? order.status : "SENT",
    isVoid: false,
    isCancelled: false,
    isHeld: false,
    placedAt,
    startedAt: placedAt,
    completedAt: momentOf(order?.completedAt) ?? placedAt,
    isRush: false,
    priority: 0,
    allergy: "",
    tags: [],
    rows: [],
    voids: [],
    stations: [],
    targets: [],
  };
}

function shownView(order, station) {
  const kots = shareOf(order, station);
  if (kots === null) return null;
  const isCancelled = order.status === "CANCELLED";
  if (isCancelled && order.acknowledged) return null;
  const live = kots.filter((kot) => kot.status !== "CANCELLED");
  const isVoid = isCancelled || (station !== null && live.length === 0);
  const column = isVoid ? "SENT" : station === null ? order.status : statusOf(live);
  const { allergy, note } = allergyOf(order);
  const rows = rowsOf(order, kots, { station, column, isVoid, note });
  const sent = live.filter((kot) => kot.status === "SENT");
  return {
    key: order.orderId,
    orderId: order.orderId,
    number: order.orderNumber,
    fault: null,
    paintFault: null,
    ...placeOf(order),
    orderType: order.orderType,
    column,
    isVoid,
    isCancelled,
    isHeld: column === "SENT" && sent.length > 0 && sent.every((kot) => kot.held),
    placedAt: momentOf(order.placedAt),
    startedAt: startOf(order, live, column),
    completedAt: momentOf(order.completedAt) ?? momentOf(order.placedAt),
    isRush: order.priority > 0,
    priority: order.priority ?? 0,
    allergy,
    tags: tagsOf(order, live, { isVoid, rows }),
    rows,
    voids: voidsOf(order, kots, rows, isVoid),
    stations: stationsOf(order),
    targets: station === null ? null : live.map(targetOf),
  };
}

/** The KOTs a station has in the order; all of them without a station; null when it has none to cook or to see. */
function shareOf(order, station) {
  if (station === null) return order.kots;
  const isShown = (kot) =>
    kot.status !== "CANCELLED" ||
    order.status === "CANCELLED" ||
    order.items.some((item) => item.kotId === kot.kotId && !item.acknowledged);
  const kots = order.kots.filter((kot) => kot.station === station && isShown(kot));
  return kots.length > 0 ? kots : null;
}

function targetOf({ kotId, status, held }) {
  return { kotId, status, isHeld: Boolean(held) };
}

function statusOf(kots) {
  if (kots.some((kot) => kot.status === "SENT")) return "SENT";
  return kots.every((kot) => kot.status === "COMPLETED") ? "COMPLETED" : "READY";
}

function placeOf(order) {
  const type = TYPES.get(order.orderType) ?? order.orderType;
  const who = (order.orderType === "dine_in" ? order.table : order.customerName || order.table) ?? "";
  const short = SHORT.get(order.orderType);
  return placeWords(shortened(who, PLACE_MAX), type, short);
}

function placeWords(who, type, short) {
  const placeShort = short ? (who ? `${who}, ${short}` : type) : who || type;
  return { place: who, placeShort, type };
}

/** A cook's clock starts with the oldest part still to be cooked: a second round is not born late, a held one waits. */
function startOf(order, kots, column) {
  const times = (list, timeOf) => list.map((kot) => momentOf(timeOf(kot))).filter((time) => time !== null);
  const placedAt = momentOf(order.placedAt);
  if (column === "READY") {
    return Math.max(momentOf(order.readyAt) ?? 0, ...times(kots, (kot) => kot.readyAt)) || placedAt;
  }
  const sent = kots.filter((kot) => kot.status === "SENT");
  const fired = sent.filter((kot) => !kot.held);
  const waiting = times(fired.length > 0 ? fired : sent, (kot) => kot.firedAt ?? kot.sentAt);
  return waiting.length > 0 ? Math.min(...waiting) : placedAt;
}

function tagsOf(order, live, { isVoid, rows }) {
  const newest = Math.max(0, ...live.filter((kot) => kot.status === "SENT").map((kot) => kot.round));
  const hasRuleOfItsOwn = rows.some((row) => row.kind === "addon");
  const tags = [];
  if (order.priority > 0) tags.push("RUSH");
  if (!isVoid && live.some((kot) => kot.recalled)) tags.push("RECALLED");
  if (newest > 1 && !hasRuleOfItsOwn) tags.push("ADD-ON");
  return tags;
}

function voidsOf(order, kots, rows, isVoid) {
  if (order.status === "CANCELLED") return [];
  if (!isVoid) return rows.filter((row) => row.kind === "item" && row.isToSee).map((row) => row.itemId);
  const own = new Set(kots.map((kot) => kot.kotId));
  return order.items.filter((item) => own.has(item.kotId) && !item.acknowledged).map((item) => item.itemId);
}

/** Each station's part in the order, in the order of its KOTs. */
function stationsOf(order) {
  const shares = new Map();
  for (const kot of order.kots) {
    if (kot.status === "CANCELLED") continue;
    const name = kot.station ?? "Kitchen";
    const share = shares.get(name) ?? { name, done: 0, total: 0, isReady: true, targets: [] };
    const isCooked = kot.status !== "SENT";
    const items = order.items.filter((item) => item.kotId === kot.kotId && !item.voided);
    share.total += items.length;
    share.done += items.filter((item) => isCooked || item.done).length;
    share.isReady &&= isCooked;
    share.targets.push(targetOf(kot));
    shares.set(name, share);
  }
  return [...shares.values()];
}
