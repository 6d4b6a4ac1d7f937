/** Lines of an order that a cook cannot tell apart, as one line with their sum: a setting of the device. Pure. */

/**
 * @param {any[]} items of an order as the server tells it
 * @returns {any[]} equal ones joined in the place of the first; `itemIds`: those behind each line. What was taken back or has changed stays apart
 */
export function joinEqual(items) {
  const lines = new Map();
  for (const item of items) {
    const name = item.voided || item.changed ? item.itemId : nameOf(item);
    const line = lines.get(name);
    if (line) lines.set(name, { ...line, quantity: line.quantity + item.quantity, itemIds: [...line.itemIds, item.itemId] });
    else lines.set(name, { ...item, itemIds: [item.itemId] });
  }
  return [...lines.values()];
}

const nameOf = ({ kotId, name, seat, modifiers, note, allergens, partOf, refire, done }) =>
  JSON.stringify([kotId, name, seat ?? "", modifiers, note ?? "", allergens ?? [], Boolean(partOf), Boolean(refire), Boolean(done)]);
