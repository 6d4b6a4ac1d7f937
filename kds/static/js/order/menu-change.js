/** What a new menu means for a basket: what is gone from it and what costs another price. Pure. */

import { unitPrice } from "./basket.js";

/**
 * @param {import("./basket.js").Line[]} lines
 * @param {Map<string, any>} before  @param {Map<string, any>} after  dishes by menuItemId
 * @returns {{lines: import("./basket.js").Line[], gone: string[], changed: {name: string, from: number, to: number}[]}}
 *   `lines` is what can still be ordered; `gone` and `changed` name dishes once, prices in cents
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
  return { lines: kept, gone: [...gone].filter(Boolean), changed: [...changed.values()] };
}

const canOrder = (line, dish) => Boolean(dish?.available) && hasAll(line, dish);

const hasAll = (line, dish) => line.modifiers.every((name) => dish.modifiers.some((each) => each.name === name));
