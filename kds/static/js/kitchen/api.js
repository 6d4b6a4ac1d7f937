/** The kitchen's requests, each one function; the token is asked for at every call, because it is renewed. */

import { request } from "../api.js";

/** @param {string} username @param {string} password */
export const login = (username, password) => request("POST", "/staff/login", { body: { username, password } });

/** @param {() => string} token */
export function kitchenApi(token) {
  const id = encodeURIComponent;
  const ask = (method, path, body) => request(method, path, { token: token(), body });
  const order = (orderId) => `/kitchen/order/${id(orderId)}`;
  const item = (orderId, itemId) => `${order(orderId)}/item/${id(itemId)}`;
  return {
    branch: () => ask("GET", "/kitchen/branch"),
    orders: () => ask("GET", "/kitchen/orders"),
    completed: () => ask("GET", "/kitchen/orders?status=COMPLETED"),
    refresh: () => ask("POST", "/staff/refresh"),
    orderStatus: (orderId, status, from, undo) => ask("PATCH", `${order(orderId)}/status`, { status, from, undo }),
    kotStatus: (kotId, status, from, undo) => ask("PATCH", `/kitchen/kot/${id(kotId)}/status`, { status, from, undo }),
    itemDone: (orderId, itemId, done) => ask("PATCH", item(orderId, itemId), { done }),
    rush: (orderId, priority, from) => ask("PATCH", `${order(orderId)}/priority`, { priority, from }),
    hold: (orderId, held) => ask("PATCH", `${order(orderId)}/hold`, { held }),
    kotHold: (kotId, held) => ask("PATCH", `/kitchen/kot/${id(kotId)}/hold`, { held }),
    seen: (orderId, itemId) => ask("POST", `${item(orderId, itemId)}/acknowledge`, {}),
    acknowledge: (orderId) => ask("POST", `${order(orderId)}/acknowledge`, {}),
  };
}
