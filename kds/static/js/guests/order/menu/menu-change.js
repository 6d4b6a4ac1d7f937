/** What a menu that came can offer, which dishes of it are shown, and what it means for a basket: what is gone, costs or contains something else. */

import { timeOfDay } from "../../../common/text/format.js";
import { say, sayList, searchFor } from "../../../common/text/words.js";
import { allergenKey, allergenWords, avoidedIn } from "../../../common/allergies/allergens.js";
import { countOfDish, unitPrice } from "../placing/basket.js";

/**
 * @param {import("../placing/basket.js").Line[]} lines
 * @param {Map<string, any>} before  @param {Map<string, any>} after  dishes by menuItemId
 * @returns {{
 *   lines: import("../placing/basket.js").Line[], gone: string[], changed: {name: string, from: number, to: number}[],
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
  return Array.isArray(items) ? items.filter(isReadable).map(withEveryPrice) : [];
}

/** A modifier without a price costs nothing; of two of one name the first counts, as for the server. */
const withEveryPrice = (dish) => ({
  ...dish,
  modifiers: dish.modifiers
    .filter(({ name }, place) => dish.modifiers.findIndex((each) => each.name === name) === place)
    .map(({ name, priceCents }) => ({ name, priceCents: priceCents ?? 0 })),
});

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
    dish.modifiers.every((modifier) => isText(modifier?.name) && isMoney(modifier.priceCents ?? 0))
  );
}

/** @typedef {{items: any[], allergies: string[], search: string}} Asked */

/** @param {Asked} asked @param {{lines: any[], isLocked: boolean}} basket @returns {{name: string, dishes: any[]}[]} */
export function shownSections({ items, allergies, search }, { lines, isLocked }) {
  const sections = new Map();
  const isFound = searchFor(search);
  for (const dish of items) {
    if (avoidedIn(dish, allergies).length > 0 || !isFound(searchedIn(dish))) continue;
    if (!sections.has(dish.section)) sections.set(dish.section, { name: dish.section, dishes: [] });
    sections.get(dish.section).dishes.push({ dish, count: countOfDish(lines, dish.menuItemId), isLocked });
  }
  return [...sections.values()];
}

/** @param {Asked} asked @param {any[]} sections those shown */
export function hiddenWords({ items, allergies, search }, sections) {
  if (sections.length === 0) return say(search ? "order.noMatch" : "order.nothing");
  const count = items.filter((dish) => avoidedIn(dish, allergies).length > 0).length;
  return count > 0 ? say("order.hidden", { count, allergens: sayList(allergies.map(allergenWords), "disjunction") }) : "";
}

/** Said before the basket is filled; whether an order is taken says the server, whose clock may be another. */
export function pausedWords({ ordering, timezone }) {
  const { open, until } = ordering ?? { open: true };
  if (open || (until && Date.parse(until) <= Date.now())) return "";
  return until ? say("order.pausedUntil", { time: timeOfDay(Date.parse(until), timezone) }) : say("order.paused");
}

/** Where a search looks. */
const searchedIn = ({ name, description, section, allergens }) => [
  name,
  description ?? "",
  section,
  ...allergens,
  ...allergens.map(allergenWords),
];
