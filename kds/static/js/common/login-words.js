/** The login in the reader's language, for the pages whose words are translated; the kitchen's is English. */

import { NoAnswer, Refused } from "./api.js";
import { say, sayLasting } from "./words.js";

const WAIT_UNTOLD_S = 30;

/** What a LoginView says. @param {string} title @param {string} lead @returns {import("./login-view.js").LoginWords} */
export const loginWords = (title, lead) => ({
  title,
  lead,
  name: say("login.name"),
  password: say("login.password"),
  submit: say("login.submit"),
  busy: say("login.busy"),
  typeName: say("login.typeName"),
  typePassword: say("login.typePassword"),
  tryNow: say("login.tryNow"),
  wait: (leftMs) => say("login.wait", { ago: sayLasting(leftMs) }),
  tooMany: (waitMs) => say("login.tooMany", { ago: sayLasting(waitMs) }),
});

/** Why a login, or what came after it, did not work. @param {unknown} error @param {Record<number, string>} [byStatus] */
export function problemOf(error, byStatus = {}) {
  if (error instanceof NoAnswer) return say("login.noAnswer");
  if (!(error instanceof Refused)) throw error;
  return byStatus[error.status] ?? say("login.failed");
}

/** Says on the form why nobody was let in. @param {import("./login-view.js").LoginView} view @param {unknown} error */
export function explainLogin(view, error) {
  if (error instanceof Refused && error.status === 429) view.wait(error.retryAfterS ?? WAIT_UNTOLD_S);
  else view.refuse(problemOf(error, { 401: say("login.wrong") }));
}
