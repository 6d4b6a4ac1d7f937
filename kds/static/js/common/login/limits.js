/** What this browser cannot do for a screen of the staff, in sentences: said before anybody relies on it. */

import { canKeep } from "../device/settings.js";
import { say } from "../text/words.js";

/** @param {{opensOffline?: boolean}} page whether it opens without a network @returns {string[]} */
export function limitsHere({ opensOffline = false } = {}) {
  return [
    canKeep() ? "" : say("limit.keeps"),
    "wakeLock" in navigator ? "" : say("limit.sleeps"),
    !opensOffline || ("serviceWorker" in navigator && isSecureContext) ? "" : say("limit.offline"),
    typeof AudioContext === "function" ? "" : say("limit.sound"),
  ].filter(Boolean);
}
