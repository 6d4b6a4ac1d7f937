/** What is left of the dishes of the menu, as this screen shows it, and in which order a cook gets to see them. Pure. */

import { faultOf } from "../orders/order-shape.js";

const MINUTE_MS = 60_000;
const MINUTES_MAX = 1_440;

/**
 * @typedef {{menuItemId: string, name: string, section: string, soldOut: boolean, remaining?: number, backAt?: string}} Dish  as the server tells it
 * @typedef {{soldOut: boolean, remaining?: number, minutes?: number, untilTomorrow?: boolean}} Wanted  as the server takes it
 * @typedef {{id: string, kind: "dish", orderId: string, dishId: string, wanted: Wanted}} DishChange  `orderId`: a name for its turn, of no order
 */

/** Sold out, or counted. @param {Dish} dish */
export const isSpecial = (dish) => dish.soldOut || dish.remaining !== undefined;

/** The dishes under what was pressed here and is not answered yet. @param {Dish[]} dishes @param {{change: any}[]} pending @returns {Dish[]} */
export function shownDishes(dishes, pending) {
  const wanted = new Map(pending.filter(({ change }) => change.kind === "dish").map(({ change }) => [change.dishId, change.wanted]));
  return dishes.map((dish) => (wanted.has(dish.menuItemId) ? asWanted(dish, wanted.get(dish.menuItemId)) : dish));
}

/** Until when is the server's to say. */
function asWanted({ menuItemId, name, section }, { soldOut, remaining }) {
  return { menuItemId, name, section, soldOut, ...(remaining !== undefined && { remaining }) };
}

/** What to ask for so that a dish is as it is now, to the minute. @param {Dish} dish @param {number} now in ms @returns {Wanted} */
export function wantedToday({ soldOut, remaining, backAt }, now) {
  if (!soldOut && remaining === undefined) return { soldOut: false };
  const minutes = Math.round((Date.parse(backAt ?? "") - now) / MINUTE_MS);
  const until = Number.isNaN(minutes) ? {} : { minutes: Math.min(Math.max(minutes, 1), MINUTES_MAX) };
  return soldOut ? { soldOut, ...until } : { soldOut, remaining, ...until };
}

/**
 * Every dish once, in groups: those of the ticket first; without a ticket what is special, then what is on the board, the
 * most wanted first; then all others by the sections of the menu.
 *
 * @param {Dish[]} dishes in menu order @param {{order: any, orders: any[]}} board  `order`: of the ticket, or null
 * @returns {{kind: "ticket" | "special" | "board" | "section", name: string, ids: string[]}[]}  `name`: of a section
 */
export function dishGroups(dishes, { order, orders }) {
  const special = ["special", dishes.filter(isSpecial)];
  const first = order ? [["ticket", dishesIn([order], dishes)], special] : [special, ["board", dishesIn(orders, dishes)]];
  const sections = [...new Set(dishes.map(({ section }) => section))];
  const all = [...first, ...sections.map((name) => ["section", dishes.filter(({ section }) => section === name), name])];
  const known = new Set();
  const groups = all.map(([kind, found, name = ""]) => {
    const ids = found.map(({ menuItemId }) => menuItemId).filter((id) => !known.has(id));
    ids.forEach((id) => known.add(id));
    return { kind, name, ids };
  });
  return groups.filter(({ ids }) => ids.length > 0);
}

/** Lines name their dish as the menu does. */
function dishesIn(orders, dishes) {
  const counts = new Map();
  for (const { items } of orders.filter((order) => faultOf(order) === null))
    for (const { name, quantity } of items) counts.set(name, (counts.get(name) ?? 0) + quantity);
  const found = dishes.filter(({ name }) => counts.has(name));
  if (orders.length > 1) return found.sort((a, b) => counts.get(b.name) - counts.get(a.name));
  const names = [...counts.keys()]; // as they stand on the ticket
  return found.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
