/** The login in the reader's language. */

import { NoAnswer, Refused } from "../server/api.js";
import { say, sayLasting } from "../text/words.js";

const WAIT_UNTOLD_S = 30;

/** What a TryButton says when it must wait. */
export const waitWords = () => ({
  tryNow: say("login.tryNow"),
  wait: (leftMs) => say("login.wait", { ago: sayLasting(leftMs) }),
  tooMany: (waitMs) => say("login.tooMany", { ago: sayLasting(waitMs) }),
});

/** What a LoginView says. @param {string} title @param {string} lead @param {string[]} [limits] of this browser @returns {import("./login-view.js").LoginWords} */
export const loginWords = (title, lead, limits = []) => ({
  title,
  lead,
  limits,
  name: say("login.name"),
  password: say("login.password"),
  submit: say("login.submit"),
  busy: say("login.busy"),
  typeName: say("login.typeName"),
  typePassword: say("login.typePassword"),
  ...waitWords(),
});

/** Why a login, or what came after it, did not work. @param {unknown} error @param {Record<number, string>} [byStatus] */
export function problemOf(error, byStatus = {}) {
  if (error instanceof NoAnswer) return say("login.noAnswer");
  if (!(error instanceof Refused)) throw error;
  return byStatus[error.status] ?? say("login.failed");
}

/** Says on the form why nobody was let in. @param {import("./login-view.js").LoginView} view @param {unknown} error */
export const explainLogin = (view, error) => explain(view, error, { 401: say("login.wrong") });

/** Says on a form why not, and counts down where the server said how long. @param {{refuse: Function, wait: Function}} view @param {unknown} error @param {Record<number, string>} byStatus */
export function explain(view, error, byStatus) {
  if (error instanceof Refused && error.status === 429) view.wait(error.retryAfterS ?? WAIT_UNTOLD_S);
  else view.refuse(problemOf(error, byStatus));
}
