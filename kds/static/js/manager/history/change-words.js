/** What was changed, as a sentence of who did what to whom. */

import { say } from "../../common/text/words.js";
import { roleName } from "../office/ranks.js";

const SENTENCES = {
  add: ({ became }) => ["history.added", { role: roleName(became) }],
  role: ({ was, became }) => (became ? ["history.role", { was: roleName(was), role: roleName(became) }] : ["history.left", { was: roleName(was) }]),
  join: ({ became }) => ["history.joined", { role: roleName(became) }],
  active: ({ became }) => [became === "true" ? "history.on" : "history.off", {}],
  "end-sessions": () => ["history.ended", {}],
  password: () => ["history.password", {}],
  "add-branch": ({ became }) => ["history.branch", { branch: became }],
};

/** An action that is younger than this page is told as the server names it. @param {any} change of GET /manager/staff-changes @returns {string} */
export function changeWords(change) {
  const actor = change.actorName ?? say("history.somebody");
  const name = change.username ?? "";
  const [sentence, values] = SENTENCES[change.action]?.(change) ?? ["history.other", { action: change.action }];
  return say(sentence, { actor, name, ...values });
}
