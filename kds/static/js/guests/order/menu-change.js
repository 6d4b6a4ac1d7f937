/** What a menu that came can offer, and what it means for a basket: what is gone, costs or contains something else. Pure. */

import { allergenKey } from "../allergens.js";
import { unitPrice } from "./basket.js";

/**
 * @param {import("./basket.js").Line[]} lines
 * @param {Map<string, any>} before  @param {Map<string, any>} after  dishes by menuItemId
 * @returns {{
 *   lines: import("./basket.js").Line[], gone: string[], changed: {name: string, from: number, to: number}[],
 *   added: {name: string, allergens: string[]}[]
 * }} `lines` is what can still be ordered; the others name each dish once: prices in cents, allergens it did not have
 */
export function applyMenu(lines, before, after) {
  const kept = lines.filter((line) => canOrder(line, after.get(line.menuItemId)));
  const gone = new Set(
    lines
      .filter((line) => !kept.includes(line))
      .map(({ menuItemId }) => after.get(menuItemId)?.name ?? before.get(menuItemId)?.name ?? ""),
  );
  const changed = new Map();
  for (const line of kept) {
    const [was, is] = [before.get(line.menuItemId), after.get(line.menuItemId)];
    if (was && hasAll(line, was) && unitPrice(line, was) !== unitPrice(line, is))
      changed.set(is.name, { name: is.name, from: unitPrice(line, was), to: unitPrice(line, is) });
  }
  return { lines: kept, gone: [...gone].filter(Boolean), changed: [...changed.values()], added: addedIn(kept, before, after) };
}

function addedIn(lines, before, after) {
  const ids = [...new Set(lines.map(({ menuItemId }) => menuItemId))].filter((id) => before.has(id));
  const news = ids.map((id) => {
    const known = new Set(before.get(id).allergens.map(allergenKey));
    const { name, allergens } = after.get(id);
    return { name, allergens: allergens.filter((allergen) => !known.has(allergenKey(allergen))) };
  });
  return news.filter(({ allergens }) => allergens.length > 0);
}

const canOrder = (line, dish) => Boolean(dish?.available) && hasAll(line, dish);

const hasAll = (line, dish) => line.modifiers.every((name) => dish.modifiers.some((each) => each.name === name));

const isText = (value) => typeof value === "string";
const isTextOrNone = (value) => value === null || value === undefined || isText(value);
const isMoney = (value) => Number.isSafeInteger(value);

/** @param {any} items  of a menu, as the server gave them  @returns {any[]} without those whose price or allergens nobody can read */
export function readableDishes(items) {
  return Array.isArray(items) ? items.filter(isReadable) : [];
}

function isReadable(dish) {
  return (
    typeof dish === "object" &&
    dish !== null &&
    isText(dish.menuItemId) &&
    isText(dish.name) &&
    isTextOrNone(dish.description) &&
    isText(dish.section) &&
    isMoney(dish.priceCents) &&
    Array.isArray(dish.allergens) &&
    dish.allergens.every(isText) &&
    Array.isArray(dish.modifiers) &&
    dish.modifiers.every((modifier) => isText(modifier?.name) && isMoney(modifier.priceCents))
  );
}
