/**
 * What a ticket shows, worked out from an order: words, rows, tags and times. Pure; components only paint it.
 *
 * With a station chosen, a ticket is that station's share of the order: its dishes, its status, its times.
 */

/**
 * @typedef {{verb: string, rest: string}} Modifier
 * @typedef {{
 *   kind: "item", key: string, itemId: string, quantity: number, name: string, modifiers: Modifier[],
 *   note: string, station: string, isDone: boolean, isVoid: boolean, isTagged: boolean
 * } | {kind: "round", key: string, title: string, text: string}
 *   | {kind: "addon", key: string, text: string}
 *   | {kind: "contains", key: string, text: string}
 *   | {kind: "note", key: string, text: string}
 *   | {kind: "also", key: string, text: string}
 *   | {kind: "seen", key: string, text: string}} Row
 * @typedef {{
 *   key: string, orderId: string, number: number, place: string, placeShort: string, type: string, orderType: string,
 *   column: "SENT" | "READY" | "COMPLETED", isVoid: boolean, startedAt: number, completedAt: number,
 *   isRush: boolean, allergy: string, tags: string[], rows: Row[], targets: {kotId: string, status: string}[] | null
 * }} TicketView  `targets`: the KOTs that a bump of this ticket means; null means the whole order
 */

const TYPES = { dine_in: "Dine in", takeaway: "Takeaway", delivery: "Delivery" };
const SHORT = { takeaway: "to go", delivery: "delivery" };
const ALLERGY_STATED = /^\s*allerg(?:y|ies|ic)(?:\s+to)?\s*[:=]\s*([^.;\n]+)[.;]?\s*/i;
const ALLERGY_MENTIONED = /allerg/i;

/**
 * @param {any} order  @param {boolean} wasRecalled  @param {string | null} station null: all of them
 * @returns {TicketView | null} null when the station has no part in the order
 */
export function ticketView(order, wasRecalled, station) {
  const kots = shareOf(order, station);
  if (kots === null) return null;
  const isVoid = order.status === "CANCELLED";
  if (isVoid && order.acknowledged) return null;
  const status = isVoid ? "SENT" : station === null ? order.status : statusOf(kots);
  const { allergy, note } = allergyOf(order);
  const addOn = addOnRound(kots);
  const view = {
    key: order.orderId,
    orderId: order.orderId,
    number: order.orderNumber,
    ...placeOf(order),
    orderType: order.orderType,
    column: status,
    isVoid,
    startedAt: startOf(order, kots, status),
    completedAt: Date.parse(order.completedAt ?? order.placedAt),
    isRush: order.priority > 0,
    allergy,
    tags: [],
    rows: [],
    targets: station === null ? null : kots.map(({ kotId, status: kotStatus }) => ({ kotId, status: kotStatus })),
  };
  view.rows = rowsOf(order, kots, { station, status, isVoid, note });
  const hasRuleOfItsOwn = view.rows.some((row) => row.kind === "addon");
  if (view.isRush) view.tags.push("RUSH");
  if (wasRecalled && !isVoid) view.tags.push("RECALLED");
  if (addOn !== null && !hasRuleOfItsOwn) view.tags.push("ADD-ON");
  return view;
}

/** The KOTs a station has in the order; all of them without a station; null when it has none. */
function shareOf(order, station) {
  if (station === null) return order.kots;
  const kots = order.kots.filter(
    (kot) => kot.station === station && (kot.status !== "CANCELLED" || order.status === "CANCELLED"),
  );
  return kots.length > 0 ? kots : null;
}

function statusOf(kots) {
  if (kots.some((kot) => kot.status === "SENT")) return "SENT";
  return kots.every((kot) => kot.status === "COMPLETED") ? "COMPLETED" : "READY";
}

function placeOf(order) {
  const type = TYPES[order.orderType] ?? order.orderType;
  const who = order.orderType === "dine_in" ? order.table : order.customerName || order.table;
  const short = SHORT[order.orderType];
  const placeShort = short ? (who ? `${who}, ${short}` : type) : who || type;
  return { place: who, placeShort, type };
}

/** A cook's clock starts with the oldest part still to be cooked, so that a second round is not born late. */
function startOf(order, kots, status) {
  const times = (name) => kots.map((kot) => Date.parse(kot[name])).filter((time) => !Number.isNaN(time));
  if (status === "READY")
    return Math.max(Date.parse(order.readyAt ?? "") || 0, ...times("readyAt")) || Date.parse(order.placedAt);
  const waiting = kots
    .filter((kot) => kot.status === "SENT")
    .map((kot) => Date.parse(kot.sentAt))
    .filter((time) => !Number.isNaN(time));
  return waiting.length > 0 ? Math.min(...waiting) : Date.parse(order.placedAt);
}

/** The newest round when it is not the first; null otherwise. */
function addOnRound(kots) {
  const newest = Math.max(0, ...kots.filter((kot) => kot.status === "SENT").map((kot) => kot.round));
  return newest > 1 ? newest : null;
}

/** A stated allergy ("ALLERGY: nuts." first in a note) is taken out of the note; a mentioned one is repeated. */
function allergyOf(order) {
  const text = order.note ?? "";
  const stated = ALLERGY_STATED.exec(text);
  const mentions = order.items
    .filter((item) => !item.voided)
    .flatMap((item) => [item.note ?? "", ...item.modifiers])
    .filter((words) => ALLERGY_MENTIONED.test(words));
  const words = new Set(mentions.map((mention) => mention.trim()));
  if (stated) return { allergy: [stated[1].trim(), ...words].join(", "), note: text.slice(stated[0].length) };
  if (ALLERGY_MENTIONED.test(text)) return { allergy: [text.trim(), ...words].join(", "), note: "" };
  return { allergy: [...words].join(", "), note: text };
}

function rowsOf(order, kots, { station, status, isVoid, note }) {
  const rows = [];
  for (const round of [...new Set(kots.map((kot) => kot.round))].sort((a, b) => a - b)) {
    const ofRound = kots.filter((kot) => kot.round === round);
    const items = order.items.filter((item) => ofRound.some((kot) => kot.kotId === item.kotId));
    const isBehindUs = status === "SENT" && !isVoid && ofRound.every((kot) => kot.status !== "SENT");
    if (round > 1 && rows.length > 0) rows.push({ kind: "addon", key: `addon-${round}`, text: `round ${round}` });
    if (isBehindUs && kots.some((kot) => kot.round > round)) rows.push(roundRow(round, ofRound, items));
    else rows.push(...items.map((item) => itemRow(item, kots, status, isVoid)));
  }
  const isShown = new Set(kots.map((kot) => kot.kotId));
  if (station === null)
    rows.push(
      ...order.items.filter((item) => !isShown.has(item.kotId)).map((item) => itemRow(item, kots, status, isVoid)),
    );
  const isServed = status === "READY";
  if (note.trim()) rows.push({ kind: "note", key: "note", text: note.trim() });
  if (!isServed) rows.push(...containsRow(order, isShown, station));
  if (!isServed && !isVoid) rows.push(...alsoRow(order, station));
  if (isVoid) rows.push({ kind: "seen", key: "seen", text: "Seen, take it off" });
  return rows;
}

function itemRow(item, kots, status, isVoid) {
  const kot = kots.find((each) => each.kotId === item.kotId);
  const isCooked = status === "SENT" && kot !== undefined && kot.status !== "SENT" && kot.status !== "CANCELLED";
  return {
    kind: "item",
    key: item.itemId,
    itemId: item.itemId,
    quantity: item.quantity,
    name: item.name,
    modifiers: item.modifiers.map(modifierWords),
    note: item.note ?? "",
    station: item.station ?? "",
    isDone: item.done || isCooked,
    isVoid: item.voided || isVoid || kot?.status === "CANCELLED",
    isTagged: !isVoid,
  };
}

function roundRow(round, kots, items) {
  const count = items.reduce((sum, item) => sum + (item.voided ? 0 : item.quantity), 0);
  const word = kots.every((kot) => kot.status === "COMPLETED") ? "served" : "ready";
  return {
    kind: "round",
    key: `round-${round}`,
    title: `Round ${round}`,
    text: `${count} ${count === 1 ? "dish" : "dishes"}, ${word}`,
  };
}

function containsRow(order, isShown, station) {
  const items = order.items.filter((item) => !item.voided && (station === null || isShown.has(item.kotId)));
  const allergens = [...new Set(items.flatMap((item) => item.allergens ?? []))].sort();
  return allergens.length > 0 ? [{ kind: "contains", key: "contains", text: allergens.join(", ") }] : [];
}

function alsoRow(order, station) {
  if (station === null) return [];
  const others = new Set(
    order.kots
      .filter((kot) => kot.status !== "CANCELLED" && kot.station && kot.station !== station)
      .map((kot) => kot.station),
  );
  return others.size > 0 ? [{ kind: "also", key: "also", text: `Also at: ${[...others].join(", ")}` }] : [];
}

/** `NO yoghurt` is the verb NO and plain words; `RARE` is a verb alone; without capitals all is plain. */
export function modifierWords(text) {
  const match = /^(\p{Lu}{2,})(?:\s+(.+))?$/su.exec(text);
  return match ? { verb: match[1], rest: match[2] ?? "" } : { verb: "", rest: text };
}
