/** What changed of an order that the kitchen has, until a cook has seen it: old beside new, and in words. Pure. */

import { shortened } from "../../../common/text/graphemes.js";
import { say, sayList } from "../../../common/text/words.js";

/**
 * @typedef {{was: string, is: string, isShort: boolean}} Pair  a value before and now, "" for none; `isShort`: both fit beside each other
 * @typedef {{at: string, isAdded: boolean, pairs: Pair[], words: string}} LineChange  `at`: which mark it is; `words`: for who hears it
 * @typedef {{marks: {kotId: string, at: string}[], pairs: Pair[], words: string}} OrderChange
 */

/** What was there before is cut on a ticket; the sheet of the order has it whole. */
const WAS_MAX = 60;

/** @param {any} item a line as the server tells it  @returns {LineChange | null} null: as the kitchen knows it */
export function changeOfLine({ changed, voided, ...item }) {
  if (!changed || voided) return null;
  if (changed.added) return { at: changed.at, isAdded: true, pairs: [], words: say("change.added") };
  const pairs = [];
  if ("quantity" in changed) pairs.push({ was: String(changed.quantity), is: String(item.quantity), isShort: true });
  if ("name" in changed) pairs.push(pairOf(changed.name, item.name));
  if ("modifiers" in changed) pairs.push(difference(changed.modifiers, item.modifiers));
  if ("note" in changed) pairs.push(pairOf(changed.note ?? "", item.note ?? ""));
  if ("allergens" in changed) pairs.push(difference(changed.allergens, item.allergens ?? []));
  return { at: changed.at, isAdded: false, pairs, words: pairs.map(pairWords).join("; ") };
}

/** @param {any} order  @param {any[]} kots the ticket's share  @returns {OrderChange | null} */
export function changeOfOrder(order, kots) {
  const marked = kots.filter((kot) => kot.changed && (kot.status === "SENT" || kot.status === "READY"));
  if (marked.length === 0) return null;
  const before = (name) => marked.find((kot) => name in kot.changed)?.changed[name];
  const pairs = [];
  const table = before("table");
  const note = before("note");
  if (table !== undefined) pairs.push({ was: table, is: order.table ?? "", isShort: true });
  if (note !== undefined) pairs.push(pairOf(note ?? "", order.note ?? ""));
  return { marks: marked.map(({ kotId, changed }) => ({ kotId, at: changed.at })), pairs, words: pairs.map(pairWords).join("; ") };
}

/** What a message brings that was not marked before, in words. @param {any} before @param {any} order @param {string | null} station */
export function freshChanges(before, order, station) {
  const known = new Set(partsOf(before, station).map(markName));
  const fresh = partsOf(order, station).filter((part) => !known.has(markName(part)));
  const words = fresh.map((part) => (part.itemId ? lineWords(part) : changeOfOrder(order, [part])?.words));
  return [...new Set(words.filter(Boolean))];
}

const partsOf = (order, station) =>
  [...order.items, ...order.kots].filter((part) => part.changed && (station === null || part.station === station));

const markName = ({ itemId, kotId, changed }) => `${itemId ?? kotId} ${changed.at}`;

function lineWords(item) {
  const change = changeOfLine(item);
  return change && `${item.quantity} ${shortened(item.name, WAS_MAX)}: ${change.words}`;
}

const pairOf = (was, is) => ({ was, is, isShort: false });

/** Of two lists what went and what came. */
function difference(before, now) {
  const lacks = (list) => (text) => !list.includes(text);
  return { was: sayList(before.filter(lacks(now))), is: sayList(now.filter(lacks(before))), isShort: true };
}

function pairWords({ was, is }) {
  if (was === "") return say("change.nowOnly", { is: shortened(is, WAS_MAX) });
  if (is === "") return say("change.wasOnly", { was: shortened(was, WAS_MAX) });
  return say("change.wasNow", { was: shortened(was, WAS_MAX), is: shortened(is, WAS_MAX) });
}

/** What of a pair stands on a ticket: the new one where it is not in a line of its own. @param {Pair} pair */
export function shownPair({ was, is, isShort }) {
  return { was: shortened(was, WAS_MAX), is: isShort || was === "" ? shortened(is, WAS_MAX) : "" };
}
