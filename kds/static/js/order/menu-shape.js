/** Which dishes of a menu can be offered: one that cannot be read costs only itself. Pure. */

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
