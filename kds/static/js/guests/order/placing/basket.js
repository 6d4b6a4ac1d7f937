/**
 * What the guest has chosen: lines of dish, modifiers, note and quantity. Pure; a new basket at every step.
 * Prices shown from here are the menu's; what is paid is what the server says.
 */

/** What the server takes of one line, and how many lines of one order. */
export const MOST_OF_ONE = 99;
export const MOST_LINES = 50;
export const LONGEST_NOTE = 200;

/** @typedef {{menuItemId: string, modifiers: string[], note: string, quantity: number}} Line */

/** Two lines are the same when a cook would do the same. */
export const lineKey = ({ menuItemId, modifiers, note }) =>
  JSON.stringify([menuItemId, [...modifiers].sort(), note.trim()]);

/** @param {Line[]} lines @param {Line} line to add @returns {"" | "lines" | "portions"} of what an order would have too many then */
export function excessOf(lines, line) {
  const key = lineKey(line);
  const same = lines.find((each) => lineKey(each) === key);
  if (!same && lines.length >= MOST_LINES) return "lines";
  return (same?.quantity ?? 0) + line.quantity > MOST_OF_ONE ? "portions" : "";
}

/** Asked excessOf() before. @param {Line[]} lines @param {Line} line */
export function add(lines, line) {
  const key = lineKey(line);
  if (lines.some((each) => lineKey(each) === key)) return change(lines, key, line.quantity);
  return [...lines, { ...line, note: line.note.trim() }];
}

/** Adds to, or takes from, the quantity of one line; a line with none left is gone. */
export function change(lines, key, by) {
  return lines
    .map((line) => (lineKey(line) === key ? { ...line, quantity: line.quantity + by } : line))
    .filter((line) => line.quantity > 0);
}

/**
 * No more of a dish than is left of it: what was added last goes first.
 * @param {Line[]} lines @param {Map<string, any>} dishes by menuItemId
 * @returns {{lines: Line[], fewer: any[]}} `fewer`: the dishes of which something had to go
 */
export function withinStock(lines, dishes) {
  const left = new Map();
  const fewer = new Set();
  const kept = lines.map((line) => {
    const dish = dishes.get(line.menuItemId);
    if (!Number.isSafeInteger(dish?.remaining)) return line;
    const quantity = Math.min(line.quantity, left.get(line.menuItemId) ?? dish.remaining);
    left.set(line.menuItemId, (left.get(line.menuItemId) ?? dish.remaining) - quantity);
    if (quantity < line.quantity) fewer.add(dish);
    return { ...line, quantity };
  });
  return { lines: fewer.size > 0 ? kept.filter(({ quantity }) => quantity > 0) : lines, fewer: [...fewer] };
}

export function unitPrice(line, dish) {
  const extra = dish.modifiers
    .filter(({ name }) => line.modifiers.includes(name))
    .reduce((sum, { priceCents }) => sum + priceCents, 0);
  return dish.priceCents + extra;
}

/** @param {Map<string, any>} dishes by menuItemId */
export function totalCents(lines, dishes) {
  return lines.reduce(
    (sum, line) =>
      sum + line.quantity * (dishes.has(line.menuItemId) ? unitPrice(line, dishes.get(line.menuItemId)) : 0),
    0,
  );
}

export const countOf = (lines) => lines.reduce((sum, line) => sum + line.quantity, 0);

export const countOfDish = (lines, menuItemId) => countOf(lines.filter((line) => line.menuItemId === menuItemId));

/** The request, in the words of the API; what was not given is left out. */
export function orderBody({ branchId, table, tableToken, lines, orderType, customerName, note }) {
  // a table that is proved is named for what is taken along, too: where tables are signed, it is what lets one order
  const namesTable = orderType === "dine_in" || Boolean(tableToken);
  const body = {
    branchId,
    table: namesTable ? table : "",
    orderType,
    items: lines.map(({ menuItemId, quantity, modifiers, note: dishNote }) => ({
      menuItemId,
      quantity,
      modifiers,
      ...(dishNote ? { note: dishNote } : {}),
    })),
  };
  if (customerName.trim()) body.customerName = customerName.trim();
  if (note.trim()) body.note = note.trim();
  if (namesTable && table && tableToken) body.tableToken = tableToken;
  return body;
}

/** The kitchen reads a stated allergy from the head of the note, as a band of its own. */
export function noteWithAllergies(allergies, note) {
  return allergies.length > 0 ? `ALLERGY: ${allergies.map(withoutEnds).join(", ")}. ${note.trim()}`.trim() : note.trim();
}

/** Whoever reads the note takes the first full stop for the end of the allergies: "Nuts (e.g. almonds)" has none of its own then. */
const withoutEnds = (allergen) => allergen.replace(/[.。]/gu, "").replace(/\s*[;；\n]+/gu, ",").trim();
