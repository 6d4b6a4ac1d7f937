/**
 * Judges whether a screen may be trusted: pure, from when the server was last heard and what it said.
 * The board, the badge, the banner and the track page all show this one judgement.
 */

import { SILENCE_LIMIT_MS } from "./connection.js";

/** A break shorter than this is shown as catching up: a restart of the server should not paint the room red. */
const GRACE_MS = 3_000;

/**
 * @typedef {{
 *   now: number, isOpen: boolean, lastHeardAt: number | null, brokenSince: number | null,
 *   hasCaughtUp: boolean, deafSince: number | null
 * }} Signs  all times of one monotonic clock; `deafSince`: the server itself hears no changes since then
 *
 * @param {Signs} signs
 * @returns {{phase: "live" | "catching" | "offline", cause: "none" | "link" | "server", silentMs: number}}
 */
export function judge({ now, isOpen, lastHeardAt, brokenSince, hasCaughtUp, deafSince }) {
  const silentMs = lastHeardAt === null ? now - (brokenSince ?? now) : now - lastHeardAt;
  const brokenMs = isOpen ? 0 : now - (brokenSince ?? now);
  if (brokenMs > GRACE_MS || (isOpen && silentMs > SILENCE_LIMIT_MS))
    return { phase: "offline", cause: "link", silentMs };
  if (isOpen && deafSince !== null) return { phase: "offline", cause: "server", silentMs: now - deafSince };
  if (!isOpen || !hasCaughtUp) return { phase: "catching", cause: "none", silentMs };
  return { phase: "live", cause: "none", silentMs };
}
