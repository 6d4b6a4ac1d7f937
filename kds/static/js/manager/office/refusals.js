/** Why a change was not made, in words that say what to do. */

import { Refused } from "../../common/server/api.js";
import { problemOf } from "../../common/login/login-words.js";
import { knows, say, sayLasting } from "../../common/text/words.js";

const WAIT_UNTOLD_S = 30;

/** @param {unknown} error @returns {string} */
export function refusalOf(error) {
  if (error instanceof Refused) {
    if (error.status === 429) return say("login.tooMany", { ago: sayLasting((error.retryAfterS ?? WAIT_UNTOLD_S) * 1000) });
    if (knows(`refused.${error.code}`)) return say(`refused.${error.code}`);
  }
  return problemOf(error, { 401: say("login.ended"), 403: say("refused.not_allowed") });
}
