/** The rows of a ticket: dishes by round, what was served, voids with their button, note, allergens. Pure. */

import { chunksOf as chunksWithin } from "../../common/text.js";

/**
 * @typedef {{verb: string, rest: string}} Modifier
 * @typedef {{
 *   kind: "item", key: string, itemId: string, quantity: number, name: string, isLong: boolean, modifiers: Modifier[],
 *   note: string, station: string, isDone: boolean, isVoid: boolean, isHeld: boolean, isTagged: boolean, isToSee: boolean
 * } | {kind: "more", key: string, itemId: string, text: string, isName: boolean, isDone: boolean, isVoid: boolean, isHeld: boolean}
 *   | {kind: "round", key: string, title: string, text: string}
 *   | {kind: "addon", key: string, text: string}
 *   | {kind: "contains", key: string, text: string}
 *   | {kind: "note", key: string, text: string}
 *   | {kind: "also", key: string, text: string}
 *   | {kind: "type", key: string, text: string}
 *   | {kind: "seen", key: string, text: string}} Row
 *   `isHeld`: not to be cooked yet; `isTagged`: says VOID itself; `isToSee`: a void with a button of its own that takes it off;
 *   "type" is shown where the header has no room for it; "more" goes on with a dish whose words are too long for one row, so that every cell of the grid holds any row
 */

/** What fits the smallest cell of the grid, in characters: a row that goes on, and a dish with its details. */
const WORDS_MAX = 32;
const DISH_MAX = 48;
const FOOT_MAX = 72;
/** A longer name is set in the size of a modifier. */
const LONG_NAME = 40;
const FOOT = new Map([["takeaway", "To go"], ["delivery", "Delivery"]]);

/**
 * @param {any} order  @param {any[]} kots the ticket's share  @returns {Row[]}
 * @param {{station: string | null, column: string, isVoid: boolean, note: string}} ticket
 */
export function rowsOf(order, kots, ticket) {
  const { station, column, isVoid, note } = ticket;
  const rows = [];
  for (const round of [...new Set(kots.map((kot) => kot.round))].sort((a, b) => a - b)) {
    const ofRound = kots.filter((kot) => kot.round === round);
    const items = shownItems(order, isVoid, (item) => ofRound.some((kot) => kot.kotId === item.kotId));
    if (items.length === 0) continue;
    const isBehindUs = column === "SENT" && !isVoid && ofRound.every((kot) => kot.status !== "SENT");
    if (round > 1 && rows.length > 0) rows.push({ kind: "addon", key: `addon-${round}`, text: `round ${round}` });
    if (isBehindUs && kots.some((kot) => kot.round > round)) rows.push(...roundRows(round, ofRound, items, ticket));
    else rows.push(...items.flatMap((item) => itemRows(item, kots, ticket)));
  }
  const isInShare = new Set(kots.map((kot) => kot.kotId));
  if (station === null) {
    const strays = shownItems(order, isVoid, (item) => !isInShare.has(item.kotId));
    rows.push(...strays.flatMap((item) => itemRows(item, kots, ticket)));
  }
  chunksOf(note.trim(), DISH_MAX).forEach((text, index) => rows.push({ kind: "note", key: `note-${index}`, text }));
  if (column !== "READY") rows.push(...containsRow(order, isInShare, station));
  if (order.orderType !== "dine_in") rows.push({ kind: "type", key: "type", text: FOOT.get(order.orderType) ?? "" });
  if (column !== "READY" && !isVoid) rows.push(...alsoRow(order, station));
  if (isVoid) rows.push({ kind: "seen", key: "seen", text: "Seen, take it off" });
  return rows;
}

/** A void leaves the ticket once it was seen. */
function shownItems(order, isVoid, isMeant) {
  return order.items.filter((item) => isMeant(item) && (isVoid || !item.acknowledged));
}

/** A dish, and as many further rows as its words need. */
function itemRows(item, kots, ticket) {
  const row = itemRow(item, kots, ticket);
  const [name, ...restOfName] = chunksOf(row.name);
  const details = [...item.modifiers, row.note].join("");
  const isShort = Math.min(row.name.length, WORDS_MAX) + details.length <= DISH_MAX;
  if (restOfName.length === 0 && isShort) return [row];
  const texts = isShort ? [] : [...item.modifiers, row.note].flatMap((text) => chunksOf(text));
  const { itemId, isDone, isVoid, isHeld } = row;
  const more = [...restOfName.map((text) => ({ text, isName: true })), ...texts.map((text) => ({ text, isName: false }))];
  const first = isShort ? { ...row, name } : { ...row, name, modifiers: [], note: "" };
  return [first, ...more.map((each, index) => ({ kind: "more", key: `${row.key}+${index}`, ...each, itemId, isDone, isVoid, isHeld }))];
}

/** Words in the pieces that rows hold, between words where there are any. @param {string} text @param {number} [max] letters */
export const chunksOf = (text, max = WORDS_MAX) => chunksWithin(text, max);

function itemRow(item, kots, { column, isVoid }) {
  const kot = kots.find((each) => each.kotId === item.kotId);
  const isCooked = column === "SENT" && kot !== undefined && kot.status !== "SENT" && kot.status !== "CANCELLED";
  const isItemVoid = item.voided || isVoid || kot?.status === "CANCELLED";
  return {
    kind: "item",
    key: item.itemId,
    itemId: item.itemId,
    quantity: item.quantity,
    name: item.name,
    isLong: item.name.length > LONG_NAME,
    modifiers: item.modifiers.map(modifierWords),
    note: item.note ?? "",
    station: item.station ?? "",
    isDone: item.done || isCooked,
    isVoid: isItemVoid,
    isTagged: !isVoid,
    isHeld: kot?.status === "SENT" && Boolean(kot.held),
    isToSee: isItemVoid && !isVoid && column !== "COMPLETED",
  };
}

/** A served round in one line; what was voided in it still wants to be seen. */
function roundRows(round, kots, items, ticket) {
  const rows = items.map((item) => itemRow(item, kots, ticket));
  const count = items.reduce((sum, item, index) => sum + (rows[index].isVoid ? 0 : item.quantity), 0);
  const word = kots.every((kot) => kot.status === "COMPLETED") ? "served" : "ready";
  const text = `${count} ${count === 1 ? "dish" : "dishes"}, ${word}`;
  return [{ kind: "round", key: `round-${round}`, title: `Round ${round}`, text }, ...rows.filter((row) => row.isToSee)];
}

function containsRow(order, isInShare, station) {
  const items = order.items.filter((item) => !item.voided && (station === null || isInShare.has(item.kotId)));
  const allergens = [...new Set(items.flatMap((item) => item.allergens ?? []))].sort();
  return chunksOf(allergens.join(", "), FOOT_MAX).map((text, index) => ({ kind: "contains", key: `contains-${index}`, text }));
}

function alsoRow(order, station) {
  if (station === null) return [];
  const others = new Set(
    order.kots
      .filter((kot) => kot.status !== "CANCELLED" && kot.station && kot.station !== station)
      .map((kot) => kot.station),
  );
  if (others.size === 0) return [];
  const texts = chunksOf(`Also at: ${[...others].join(", ")}`, FOOT_MAX);
  return texts.map((text, index) => ({ kind: "also", key: `also-${index}`, text }));
}

/** `NO yoghurt` is the verb NO and plain words; `RARE` is a verb alone; without capitals all is plain. */
export function modifierWords(text) {
  const match = /^(\p{Lu}{2,})(?:\s+(.+))?$/su.exec(text);
  return match ? { verb: match[1], rest: match[2] ?? "" } : { verb: "", rest: text };
}
