/** The kitchen's requests, each one function; the token is asked for at every call, because it is renewed. */

import { request } from "../common/api.js";

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
    completed: () => ask("GET", "/kitchen/orders?status=COMPLETED"),
    refresh: () => ask("POST", "/staff/refresh"),
    logout: () => ask("POST", "/staff/logout"),
    orderStatus: (orderId, step, key) => ask("PATCH", `${order(orderId)}/status`, step, key),
    kotStatus: (kotId, step, key) => ask("PATCH", `/kitchen/kot/${id(kotId)}/status`, step, key),
    itemDone: (orderId, itemId, done, key) => ask("PATCH", item(orderId, itemId), { done }, key),
    rush: (orderId, change, key) => ask("PATCH", `${order(orderId)}/priority`, change, key),
    hold: (orderId, held, key) => ask("PATCH", `${order(orderId)}/hold`, { held }, key),
    kotHold: (kotId, held, key) => ask("PATCH", `/kitchen/kot/${id(kotId)}/hold`, { held }, key),
    seen: (orderId, itemId, key) => ask("POST", `${item(orderId, itemId)}/acknowledge`, {}, key),
    acknowledge: (orderId, key) => ask("POST", `${order(orderId)}/acknowledge`, {}, key),
  };
}
