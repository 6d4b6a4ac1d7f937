/** The customer's requests; none needs a login. */

import { request } from "../api.js";

const id = encodeURIComponent;

/** With a table the answer also says whether its link may order: `tableAccepted`. */
export function fetchMenu(branchId, table = "", tableToken = "") {
  const link = table ? `?table=${id(table)}&tableToken=${id(tableToken)}` : "";
  return request("GET", `/public/branches/${id(branchId)}/menu${link}`);
}

/** @param {string} key the same key again is the same order, however often it is sent */
export const placeOrder = (body, key) =>
  request("POST", "/public/order/place", { body, headers: { "Idempotency-Key": key } });
