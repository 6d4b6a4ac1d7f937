/** The kitchen's requests, each one function; the token is asked for at every call, because it is renewed. */

import { request } from "../api.js";

/** @param {string} username @param {string} password */
export const login = (username, password) => request("POST", "/staff/login", { body: { username, password } });

/** @param {() => string} token */
export function kitchenApi(token) {
  const ask = (method, path, body) => request(method, path, { token: token(), body });
  const id = encodeURIComponent;
  return {
    branch: () => ask("GET", "/kitchen/branch"),
    orders: () => ask("GET", "/kitchen/orders"),
    refresh: () => ask("POST", "/staff/refresh"),
    orderStatus: (orderId, status, from) => ask("PATCH", `/kitchen/order/${id(orderId)}/status`, { status, from }),
    kotStatus: (kotId, status, from) => ask("PATCH", `/kitchen/kot/${id(kotId)}/status`, { status, from }),
    itemDone: (orderId, itemId, done) => ask("PATCH", `/kitchen/order/${id(orderId)}/item/${id(itemId)}`, { done }),
    acknowledge: (orderId) => ask("POST", `/kitchen/order/${id(orderId)}/acknowledge`, {}),
  };
}
