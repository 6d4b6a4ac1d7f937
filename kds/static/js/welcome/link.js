/**
 * The link that opened this page, and what came of it. Its secret leaves the address bar at once, where a glance, a photo or
 * the history would keep it, and stays with this tab until it was used: another language, or a reload, is another load.
 */

import { deviceStorage, readJson, writeJson } from "../common/device/settings.js";

const STORE = "kds.welcome";
/** What `secrets.token_urlsafe` makes, and not longer than the server takes. */
const TOKEN = /^[\w-]{1,100}$/;

/**
 * @typedef {{token: string, isUnsure: boolean, isOver: boolean}} Link  `token`, empty: there is none, or not a whole one; `isUnsure`: a
 *   password may have been set by it without our hearing of that; `isOver`: it opens nothing any more
 */

/** Takes it out of the address. @returns {Link} */
export function takeLink() {
  const given = location.hash.slice(1);
  if (given) history.replaceState(history.state, "", location.pathname);
  const kept = readJson(deviceStorage("sessionStorage"), STORE);
  const token = given || kept?.token;
  const isWhole = typeof token === "string" && TOKEN.test(token);
  const known = isWhole && token === kept?.token ? kept : {};
  const link = { token: isWhole ? token : "", isUnsure: known.isUnsure === true, isOver: known.isOver === true };
  keepLink(link);
  return link;
}

/** @param {Link} link */
export const keepLink = (link) => writeJson(deviceStorage("sessionStorage"), STORE, link.token ? link : null);

/** Nothing more is to be said of it. */
export const forgetLink = () => writeJson(deviceStorage("sessionStorage"), STORE, null);
