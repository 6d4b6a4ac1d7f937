/** The rows of a ticket: note, dishes by round, what was served, voids with their button. Pure. */

import { chunksOf, shortened } from "../../../common/text/graphemes.js";
import { say, sayList } from "../../../common/text/words.js";
import { changeOfLine, changeOfOrder } from "./changes.js";

/**
 * @typedef {{verb: string, rest: string}} Modifier
 * @typedef {{
 *   kind: "item", key: string, itemId: string, quantity: number, name: string, modifiers: Modifier[],
 *   note: string, station: string, isPart: boolean, isAgain: boolean, isDone: boolean, isVoid: boolean, isHeld: boolean, isTagged: boolean, isToSee: boolean,
 *   change: import("./changes.js").LineChange | null
 * } | {kind: "more", key: string, itemId: string, ref: string, text: string, modifier: Modifier | null, isName: boolean, isDone: boolean, isVoid: boolean, isHeld: boolean}
 *   | {kind: "round", key: string, title: string, text: string}
 *   | {kind: "addon", key: string, text: string, isAgain: boolean}
 *   | {kind: "course", key: string, text: string, isHeld: boolean}
 *   | {kind: "changed", key: string, change: import("./changes.js").OrderChange}
 *   | {kind: "note", key: string, text: string}
 *   | {kind: "done", key: string, dishes: {itemId: string, text: string}[], left: number}
 *   | {kind: "also", key: string, text: string}
 *   | {kind: "seen", key: string, text: string}} Row
 *   `isPart`: of another dish, and not counted; `isAgain`: it was cooked before; `isHeld`: not to be cooked yet; `isTagged`: says VOID itself; `isToSee`: a void with a button of its own that takes it off;
 *   "more" goes on with a dish that has many words, so that a ticket can be torn there; `ref` names that dish;
 *   "done": the dishes that are done in one line, `left` of them only counted
 */

/** What a row holds of a name, and of a text, in letters: more goes on in a row of its own. */
const NAME_MAX = 64;
const TEXT_MAX = 72;
/** So many modifiers stand on a line of their own each. */
const MANY = 3;
const REF_MAX = 26;

/**
 * @param {any} order  @param {any[]} kots the ticket's share  @returns {Row[]}
 * @param {{station: string | null, column: string, isVoid: boolean, note: string}} ticket
 */
export function rowsOf(order, kots, ticket) {
  const { station, column, isVoid, note } = ticket;
  const moved = isVoid || column === "COMPLETED" ? null : changeOfOrder(order, kots);
  const notes = chunksOf(note.trim(), TEXT_MAX).map((text, index) => ({ kind: "note", key: `note-${index}`, text }));
  const rows = [...(moved ? [{ kind: "changed", key: "changed", change: moved }] : []), ...notes];
  const isFirst = rows.length;
  for (const round of [...new Set(kots.map((kot) => kot.round))].sort((a, b) => a - b)) {
    const ofRound = kots.filter((kot) => kot.round === round);
    const items = shownItems(order, isVoid, (item) => ofRound.some((kot) => kot.kotId === item.kotId));
    if (items.length === 0) continue;
    const isBehindUs = column === "SENT" && !isVoid && ofRound.every((kot) => kot.status !== "SENT");
    if (round > 1 && rows.length > isFirst) {
      const text = say("ticket.ofRound", { round });
      rows.push({ kind: "addon", key: `addon-${round}`, text, isAgain: items.every((item) => item.refire) });
    }
    if (isBehindUs && kots.some((kot) => kot.round > round)) rows.push(...roundRows(round, ofRound, items, ticket));
    else rows.push(...coursesOf(ofRound).flatMap((course) => courseRows(course, { items, kots, ticket })));
  }
  const isInShare = new Set(kots.map((kot) => kot.kotId));
  if (station === null) {
    const strays = shownItems(order, isVoid, (item) => !isInShare.has(item.kotId));
    rows.push(...strays.flatMap((item) => itemRows(item, kots, ticket)));
  }
  if (column !== "READY" && !isVoid) rows.push(...alsoRow(order, station));
  if (isVoid) rows.push({ kind: "seen", key: "seen", text: say("ticket.seenOff") });
  return rows;
}

/** The KOTs of a round by course, in their order, with their heading; one without a heading where there are no courses. */
function coursesOf(kots) {
  const numbers = [...new Set(kots.map((kot) => kot.course ?? 1))].sort((a, b) => a - b);
  if (numbers.length < 2) return [{ kots, heading: null }];
  return numbers.map((number) => {
    const ofCourse = kots.filter((kot) => (kot.course ?? 1) === number);
    const sent = ofCourse.filter((kot) => kot.status === "SENT");
    const isHeld = sent.length > 0 && sent.every((kot) => kot.held);
    const text = say(isHeld ? "ticket.courseHeld" : sent.length > 0 ? "ticket.courseFired" : "ticket.courseDone", { course: number });
    return { kots: ofCourse, heading: { kind: "course", key: `course-${ofCourse[0].round}-${number}`, text, isHeld } };
  });
}

function courseRows(course, { items, kots, ticket }) {
  const dishes = items.filter((item) => course.kots.some((kot) => kot.kotId === item.kotId));
  const rows = dishes.flatMap((item) => itemRows(item, kots, ticket));
  return course.heading === null || rows.length === 0 ? rows : [course.heading, ...rows];
}

/** A void leaves the ticket once it was seen. */
function shownItems(order, isVoid, isMeant) {
  return order.items.filter((item) => isMeant(item) && (isVoid || !item.acknowledged));
}

/** A dish, and as many further rows as its words need. */
function itemRows(item, kots, ticket) {
  const row = itemRow(item, kots, ticket);
  const [name, ...restOfName] = row.name ? chunksOf(row.name, NAME_MAX) : [""];
  const isMany = wordsOf(item).length + (row.note ? 1 : 0) >= MANY;
  const isLong = [row.name, ...wordsOf(item), row.note].join("").length > TEXT_MAX;
  if (restOfName.length === 0 && !isMany && !isLong) return [row];
  const texts = [
    ...restOfName.map((text) => ({ text, modifier: null, isName: true })),
    ...wordsOf(item).flatMap(modifierRows),
    ...chunksOf(row.note, TEXT_MAX).map((text) => ({ text, modifier: null, isName: false })),
  ];
  const { itemId, isDone, isVoid, isHeld } = row;
  const shared = { itemId, isDone, isVoid, isHeld, ref: refOf(row) };
  const more = texts.map((each, index) => ({ kind: "more", key: `${row.key}+${index}`, ...each, ...shared }));
  return [{ ...row, name, modifiers: [], note: "" }, ...more];
}

/** For whom, then how. */
const wordsOf = ({ seat, modifiers }) => (seat ? [seatWords(seat), ...modifiers] : modifiers);

/** A number alone says nothing. @param {string} seat "3", or "S3" */
export const seatWords = (seat) => (/^\d+$/.test(seat) ? say("ticket.seat", { seat }) : seat);

/** A dish in parentheses, where a part of a ticket belongs to it and has not its row. */
export const refOf = ({ quantity, name }) => `(${quantity} ${shortened(name, REF_MAX)})`;

function modifierRows(text) {
  const [first, ...rest] = chunksOf(text, TEXT_MAX);
  const rows = rest.map((each) => ({ text: each, modifier: null, isName: false }));
  return first === undefined ? [] : [{ text: first, modifier: modifierWords(first), isName: false }, ...rows];
}

function itemRow(item, kots, { column, isVoid }) {
  const kot = kots.find((each) => each.kotId === item.kotId);
  const isCooked = column === "SENT" && kot !== undefined && kot.status !== "SENT" && kot.status !== "CANCELLED";
  const isItemVoid = item.voided || isVoid || kot?.status === "CANCELLED";
  return {
    kind: "item",
    key: item.itemId,
    itemId: item.itemId,
    itemIds: item.itemIds ?? [item.itemId],
    quantity: item.quantity,
    name: item.name,
    modifiers: wordsOf(item).map(modifierWords),
    note: item.note ?? "",
    station: item.station ?? "",
    isPart: Boolean(item.partOf) && !item.refire,
    isAgain: Boolean(item.refire),
    isDone: item.done || isCooked,
    isVoid: isItemVoid,
    isTagged: !isVoid,
    isHeld: kot?.status === "SENT" && Boolean(kot.held),
    isToSee: isItemVoid && !isVoid && column !== "COMPLETED",
    change: !isItemVoid && column !== "COMPLETED" && kot?.status !== "COMPLETED" ? changeOfLine(item) : null,
  };
}

/** A served round in one line; what was voided in it still wants to be seen. */
function roundRows(round, kots, items, ticket) {
  const rows = items.map((item) => itemRow(item, kots, ticket));
  const count = items.reduce((sum, item, index) => sum + (rows[index].isVoid || item.partOf ? 0 : item.quantity), 0);
  const isServed = kots.every((kot) => kot.status === "COMPLETED");
  const text = say(isServed ? "ticket.served" : "ticket.dishesReady", { count });
  return [{ kind: "round", key: `round-${round}`, title: say("ticket.round", { round }), text }, ...rows.filter((row) => row.isToSee || row.change)];
}

function alsoRow(order, station) {
  if (station === null) return [];
  const others = new Set(
    order.kots
      .filter((kot) => kot.status !== "CANCELLED" && kot.station && kot.station !== station)
      .map((kot) => kot.station),
  );
  if (others.size === 0) return [];
  const texts = chunksOf(say("ticket.alsoAt", { stations: sayList([...others]) }), TEXT_MAX);
  return texts.map((text, index) => ({ kind: "also", key: `also-${index}`, text }));
}

/** `NO yoghurt` is the verb NO and plain words; `RARE` is a verb alone; without capitals all is plain. */
export function modifierWords(text) {
  const match = /^(\p{Lu}{2,})(?:\s+(.+))?$/su.exec(text);
  return match ? { verb: match[1], rest: match[2] ?? "" } : { verb: "", rest: text };
}
