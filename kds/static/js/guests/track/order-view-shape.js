/** What of the customer's view of an order can be shown: a dish that cannot be read costs only itself. Pure. */

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";

/** @param {any} order  as the server gave it @returns {boolean} whether the page can say anything about it */
export function isReadable(order) {
  return isObject(order) && isText(order.status) && isText(order.orderType) && Array.isArray(order.items);
}

/** @param {any} item */
export function isReadableDish(item) {
  return (
    isObject(item) &&
    isText(item.name) &&
    isText(item.status) &&
    Number.isSafeInteger(item.quantity) &&
    Array.isArray(item.modifiers) &&
    [item.note ?? "", ...item.modifiers].every(isText)
  );
}
