/** Whether an order can be painted as it came: checked once, at the door, so that one bad row costs only itself. Pure. */

const STATUSES = new Set(["SENT", "READY", "COMPLETED", "CANCELLED"]);
/** More than a kitchen can read, and than a screen can paint without standing still. */
const ITEMS_MAX = 1_000;
const KOTS_MAX = 200;
const CHARACTERS_MAX = 50_000;

/**
 * @param {any} order  an order object as the server, or this device's storage, gave it
 * @returns {string | null} what is wrong with it, for example "modifiers[0] of dish 2 is no text"; null: nothing
 */
export function faultOf(order) {
  if (!isObject(order)) return "it is no order";
  return (
    firstFault([
      [isName(order.orderId), "orderId is no text"],
      [Number.isSafeInteger(order.orderNumber), "orderNumber is no number"],
      [STATUSES.has(order.status), "status is unknown"],
      [isName(order.orderType), "orderType is no text"],
      ...["table", "customerName", "note", "displayNumber", "serverName", "paidAt", "checkId"].map((name) => [isTextOrNone(order[name]), `${name} is no text`]),
      ...["priority", "covers"].map((name) => [isNumberOrNone(order[name]), `${name} is no number`]),
      [isListOf(order.items, ITEMS_MAX), "items is no list, or too long"],
      [isListOf(order.kots, KOTS_MAX), "kots is no list, or too long"],
    ]) ??
    partFault(order.kots, "kot", kotFault) ??
    partFault(order.items, "dish", itemFault) ??
    (lettersIn(order) > CHARACTERS_MAX ? "it has too many words" : null)
  );
}

/** What an order is called: by what its till printed for the guest, else by its own number. */
export const callOf = (order) => order.displayNumber || order.orderNumber;

/** The number to call an order by that cannot be painted. */
export const numberOf = (order) => (Number.isSafeInteger(order?.orderNumber) ? String(order.orderNumber) : "?");

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const isName = (value) => isText(value) && value !== "";
const isTextOrNone = (value) => value === null || value === undefined || isText(value);
const isNumberOrNone = (value) => value === undefined || Number.isFinite(value);
const isListOf = (value, max) => Array.isArray(value) && value.length <= max;

const firstFault = (checks) => checks.find(([isGood]) => !isGood)?.[1] ?? null;

/** The first fault of a part; parts need names of their own, or one would be painted over the other. */
function partFault(parts, word, faultIn) {
  const known = new Set();
  for (const [index, part] of parts.entries()) {
    const fault = isObject(part) ? faultIn(part) : "is no object";
    if (fault) return `${fault} (${word} ${index + 1})`;
    const id = word === "kot" ? part.kotId : part.itemId;
    if (known.has(id)) return `two of one id (${word} ${index + 1})`;
    known.add(id);
  }
  return null;
}

function kotFault(kot) {
  return firstFault([
    [isName(kot.kotId), "kotId is no text"],
    [STATUSES.has(kot.status), "status is unknown"],
    [isTextOrNone(kot.station), "station is no text"],
    [Number.isSafeInteger(kot.round), "round is no number"],
    [isMark(kot.changed, { table: isText, note: isTextOrNone }), "changed is no mark"],
  ]);
}

function itemFault(item) {
  return firstFault([
    [isName(item.itemId), "itemId is no text"],
    [isTextOrNone(item.kotId), "kotId is no text"],
    [isText(item.name), "name is no text"],
    [Number.isSafeInteger(item.quantity), "quantity is no number"],
    [isTextOrNone(item.note), "note is no text"],
    ...["station", "seat", "partOf"].map((name) => [isTextOrNone(item[name]), `${name} is no text`]),
    [isTexts(item.modifiers), "modifiers is no list of texts"],
    [item.allergens === undefined || item.allergens === null || isTexts(item.allergens), "allergens is no list of texts"],
    [isMark(item.changed, LINE_MARK), "changed is no mark"],
  ]);
}

/** What a line was before may be said of each of these. */
const LINE_MARK = {
  name: isText,
  quantity: (value) => Number.isSafeInteger(value),
  modifiers: (value) => isTexts(value),
  note: isTextOrNone,
  allergens: (value) => isTexts(value),
};

function isMark(changed, isGoodOf) {
  if (changed === undefined) return true;
  return isObject(changed) && isName(changed.at) && Object.entries(isGoodOf).every(([name, isGood]) => !(name in changed) || isGood(changed[name]));
}

const isTexts = (value) => Array.isArray(value) && value.every(isText);

function lettersIn({ items, kots, note, table, customerName, displayNumber, serverName }) {
  const texts = [note, table, customerName, displayNumber, serverName, ...kots.map((kot) => kot.station)];
  for (const item of items) texts.push(item.name, item.note, item.station, item.seat, ...item.modifiers, ...(item.allergens ?? []));
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
