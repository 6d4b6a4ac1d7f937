/**
 * What a ticket shows, worked out from an order: words, rows, tags and times. Pure; components only paint it.
 *
 * With a station chosen, a ticket is that station's share of the order: its dishes, its status, its times.
 */

import { momentOf } from "../../../common/text/moments.js";
import { graphemesOf, shortened } from "../../../common/text/graphemes.js";
import { apart, knows, say, sayParts } from "../../../common/text/words.js";
import { allergyOf } from "./allergy.js";
import { joinEqual } from "./equal-lines.js";
import { callOf, faultOf, numberOf } from "../orders/order-shape.js";
import { rowsOf } from "./ticket-rows.js";

/**
 * @typedef {{kotId: string, status: string, isHeld: boolean, isWaiting?: true}} Target  `isWaiting`: held by no cook
 * @typedef {{name: string, done: number, total: number, isReady: boolean, isToCook: boolean, targets: Target[]}} StationShare
 * @typedef {{
 *   key: string, orderId: string, number: number | string, fault: string | null, paintFault: string | null, place: string, type: string, orderType: string,
 *   column: "SENT" | "READY" | "COMPLETED", isVoid: boolean, isCancelled: boolean, isHeld: boolean,
 *   placedAt: number | null, startedAt: number | null, dueAt: number | null, completedAt: number | null,
 *   isRush: boolean, priority: number, allergy: string, tags: string[], who: string, rows: import("./ticket-rows.js").Row[],
 *   voids: string[], changes: (string | null)[], stations: StationShare[], targets: Target[] | null
 * }} TicketView
 *   `fault`: why this order cannot be shown, `paintFault`: why its picture failed just now, else null;
 *   `isCancelled`: the order as a whole; `isVoid`: nothing of this ticket is to be cooked any more;
 *   `isRush`: it stands before the others, for its priority or for a dish that is cooked again; `who`: whom a cook asks, for how
 *   many guests; `voids`: the items that were taken back and not yet seen; `changes`: the items that changed and were not yet seen, null for the order
 *   itself; `stations`: who cooks what, for expo, `isToCook`: a bump there does something;
 *   `targets`: the KOTs that a bump of this ticket means; null means the whole order
 */

/** A longer name of a table or a guest is cut: it must not push the dishes off the ticket. */
const PLACE_MAX = 90;
const WHO_MAX = 40;
/** Of what a till calls it, the end is what tells orders apart. */
const CALL_MAX = 7;
/** From here on a priority says VIP. */
export const VIP = 2;

/**
 * @param {any} order  @param {string | null} station null: all of them  @param {string} orderId the order's name on this board
 * @param {boolean} joinsEqual equal dishes are one line
 * @returns {TicketView | null} null when the station has no part in the order
 */
export function ticketView(order, station, orderId = order.orderId, joinsEqual = false) {
  const fault = faultOf(order);
  if (fault !== null) return unshownView(order, station, { orderId, fault });
  const view = shownView(order, station, joinsEqual);
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
    type: "",
    orderType: "",
    column: order?.status === "READY" || order?.status === "COMPLETED" ? order.status : "SENT",
    isVoid: false,
    isCancelled: false,
    isHeld: false,
    placedAt,
    startedAt: placedAt,
    dueAt: null,
    completedAt: momentOf(order?.completedAt) ?? placedAt,
    isRush: false,
    priority: 0,
    allergy: "",
    tags: [],
    who: "",
    rows: [],
    voids: [],
    changes: [],
    stations: [],
    targets: [],
  };
}

function shownView(order, station, joinsEqual) {
  const kots = shareOf(order, station);
  if (kots === null) return null;
  const isCancelled = order.status === "CANCELLED";
  if (isCancelled && order.acknowledged) return null;
  const live = kots.filter((kot) => kot.status !== "CANCELLED");
  const isVoid = isCancelled || (station !== null && live.length === 0);
  const column = isVoid ? "SENT" : station === null ? order.status : statusOf(live);
  const { allergy, note } = allergyOf(order);
  const rows = rowsOf(joinsEqual ? { ...order, items: joinEqual(order.items) } : order, kots, { station, column, isVoid, note });
  const sent = live.filter((kot) => kot.status === "SENT");
  return {
    key: order.orderId,
    orderId: order.orderId,
    number: shortCall(order),
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
    dueAt: momentOf(order.dueAt),
    completedAt: momentOf(order.completedAt) ?? momentOf(order.placedAt),
    isRush: order.priority > 0 || (column === "SENT" && isCookedAgain(order, sent)),
    priority: order.priority ?? 0,
    allergy,
    tags: tagsOf(order, live, { isVoid, rows }),
    who: whoOf(order),
    rows,
    voids: voidsOf(order, kots, rows, isVoid),
    changes: changesOf(rows),
    stations: stationsOf(order),
    targets: station === null && !isPartlyHeld(live) ? null : live.map(targetOf),
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

/** Courses: what is being cooked is bumped, and what waits is let wait. */
function isPartlyHeld(live) {
  const held = live.filter((kot) => kot.status === "SENT" && kot.held && kot.waitsFor);
  return held.length > 0 && live.some((kot) => kot.status === "SENT" && !kot.held);
}

function targetOf({ kotId, status, held, waitsFor }) {
  return { kotId, status, isHeld: Boolean(held), ...(held && waitsFor ? { isWaiting: true } : {}) };
}

function statusOf(kots) {
  if (kots.some((kot) => kot.status === "SENT")) return "SENT";
  return kots.every((kot) => kot.status === "COMPLETED") ? "COMPLETED" : "READY";
}

function shortCall(order) {
  const letters = graphemesOf(String(callOf(order)));
  return letters.length > CALL_MAX ? `…${letters.slice(1 - CALL_MAX).join("").trim()}` : callOf(order);
}

function placeOf({ orderType, table, customerName }) {
  const who = (orderType === "dine_in" ? table : customerName || table) ?? "";
  const kind = `kind.${orderType}`;
  return { place: shortened(who, PLACE_MAX), type: knows(kind) ? say(kind) : orderType };
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
  const isAgain = !isVoid && isCookedAgain(order, live.filter((kot) => kot.status === "SENT"));
  const tags = [];
  if (order.priority > 0) tags.push(order.priority >= VIP ? "VIP" : "RUSH");
  if (isAgain && !rows.some((row) => row.kind === "addon" && row.isAgain)) tags.push("REFIRE");
  if (!isVoid && live.some((kot) => kot.recalled)) tags.push("RECALLED");
  if (newest > 1 && !hasRuleOfItsOwn && !isAgain) tags.push("ADD-ON");
  if (order.paidAt) tags.push("PAID");
  return tags;
}

/** Whether a dish is to be cooked that was cooked before. */
function isCookedAgain(order, sent) {
  return order.items.some((item) => item.refire && !item.done && !item.voided && sent.some((kot) => kot.kotId === item.kotId));
}

/** "Anna, 4 covers". */
export function whoOf({ serverName, covers }) {
  return sayParts([serverName && apart(shortened(serverName, WHO_MAX)), covers > 0 && say("ticket.covers", { count: covers })]);
}

const changesOf = (rows) => rows.filter((row) => row.change).map((row) => row.itemId ?? null);

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
    const name = kot.station ?? say("scope.kitchen");
    const share = shares.get(name) ?? { name, done: 0, total: 0, isReady: true, isToCook: false, targets: [] };
    const isCooked = kot.status !== "SENT";
    const items = order.items.filter((item) => item.kotId === kot.kotId && !item.voided);
    share.total += items.length;
    share.done += items.filter((item) => isCooked || item.done).length;
    share.isReady &&= isCooked;
    // of void dishes alone there is nothing to make ready
    share.isToCook = share.total > 0 && !share.isReady;
    share.targets.push(targetOf(kot));
    shares.set(name, share);
  }
  return [...shares.values()];
}
