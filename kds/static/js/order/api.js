/** The customer's requests; none needs a login. */

import { request } from "../api.js";

const id = encodeURIComponent;

export const fetchMenu = (branchId) => request("GET", `/public/branches/${id(branchId)}/menu`);

/** @param {string} key the same key again is the same order, however often it is sent */
export const placeOrder = (body, key) =>
  request("POST", "/public/order/place", { body, headers: { "Idempotency-Key": key } });
