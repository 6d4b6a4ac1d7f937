/** The kitchen's requests, each one function; the token is asked for at every call, because it is renewed. */

import { request } from "../common/server/api.js";

/** @param {() => string} token */
export function kitchenApi(token) {
  const id = encodeURIComponent;
  const ask = (method, path, body, key) =>
    request(method, path, { token: token(), body, headers: key ? { "Idempotency-Key": key } : {} });
  const order = (orderId) => `/kitchen/order/${id(orderId)}`;
  const item = (orderId, itemId) => `${order(orderId)}/item/${id(itemId)}`;
  return {
    branch: () => ask("GET", "/kitchen/branch"),
    pause: (paused, minutes) => ask("PATCH", "/kitchen/ordering", { paused, minutes }),
    orders: () => ask("GET", "/kitchen/orders"),
    dishes: () => ask("GET", "/kitchen/dishes"),
    changeDish: (dishId, wanted, key) => ask("PATCH", `/kitchen/dish/${id(dishId)}`, wanted, key),
    later: () => ask("GET", "/kitchen/orders/later"),
    completed: () => ask("GET", "/kitchen/orders?status=COMPLETED"),
    history: (orderId) => ask("GET", `${order(orderId)}/history`),
    refresh: () => ask("POST", "/staff/refresh"),
    logout: () => ask("POST", "/staff/logout"),
    orderStatus: (orderId, step, key) => ask("PATCH", `${order(orderId)}/status`, step, key),
    kotStatus: (kotId, step, key) => ask("PATCH", `/kitchen/kot/${id(kotId)}/status`, step, key),
    itemDone: (orderId, itemId, done, key) => ask("PATCH", item(orderId, itemId), { done }, key),
    rush: (orderId, change, key) => ask("PATCH", `${order(orderId)}/priority`, change, key),
    hold: (orderId, step, key) => ask("PATCH", `${order(orderId)}/hold`, step, key),
    kotHold: (kotId, step, key) => ask("PATCH", `/kitchen/kot/${id(kotId)}/hold`, step, key),
    seen: (orderId, itemId, key) => ask("POST", `${item(orderId, itemId)}/acknowledge`, {}, key),
    voidItem: (orderId, itemId, why, key) => ask("POST", `${item(orderId, itemId)}/void`, why, key),
    refire: (orderId, itemId, why, key) => ask("POST", `${item(orderId, itemId)}/refire`, why, key),
    changeSeen: (orderId, itemId, at, key) => ask("POST", `${item(orderId, itemId)}/seen`, { at }, key),
    kotChangeSeen: (kotId, at, key) => ask("POST", `/kitchen/kot/${id(kotId)}/seen`, { at }, key),
    acknowledge: (orderId, key) => ask("POST", `${order(orderId)}/acknowledge`, {}, key),
  };
}
