/** The order of the dishes of a menu. Pure. */

import { sectionsOf } from "./dish-list.js";

/** Where a dish stands in its section. @param {any[]} dishes in the order of the menu @param {string} menuItemId @returns {{at: number, of: number} | null} from 1 */
export function placeOf(dishes, menuItemId) {
  const section = sectionsOf(dishes).find((each) => each.dishes.some((dish) => dish.menuItemId === menuItemId));
  if (!section) return null;
  return { at: section.dishes.findIndex((dish) => dish.menuItemId === menuItemId) + 1, of: section.dishes.length };
}

/** The menu after a dish has changed places with its neighbour in the section. @param {any[]} dishes @param {string} menuItemId @param {number} step -1: up, 1: down @returns {any[]} */
export function movedBy(dishes, menuItemId, step) {
  return sectionsOf(dishes).flatMap(({ dishes: its }) => {
    const at = its.findIndex((dish) => dish.menuItemId === menuItemId);
    const other = at + step;
    if (at < 0 || other < 0 || other >= its.length) return its;
    const moved = [...its];
    [moved[at], moved[other]] = [its[other], its[at]];
    return moved;
  });
}
