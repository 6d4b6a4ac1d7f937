/** The page of the link by which a member of staff sets the own password: once, within an hour, then on to the own page. */

import { NoAnswer, Refused, request } from "../common/server/api.js";
import { openPageFor, pageFor } from "../common/login/doors.js";
import { h } from "../common/dom/dom.js";
import { explain, waitWords } from "../common/login/login-words.js";
import { passwordFault } from "../common/login/new-password.js";
import { languageChoice, loadWords, say } from "../common/text/words.js";
import { EndView } from "./end-view.js";
import { forgetLink, keepLink, takeLink } from "./link.js";
import { PasswordView } from "./password-view.js";

const root = document.getElementById("app");
let link = takeLink();
let shown = null;

function show(screen) {
  shown?.stop();
  shown = screen;
  screen.node.append(languageChoice());
  root.replaceChildren(screen.node);
  screen.start();
}

function showForm() {
  const view = new PasswordView((password) => trySetting(view, password), { submit: say("password.submit"), busy: say("password.busy"), ...waitWords() });
  show(view);
  if (link.isUnsure) view.tell(say("welcome.unheard"));
  sayWhose(view);
}

/** A link that is over is told before anybody chooses a password for it. */
async function sayWhose(view) {
  const { token } = link;
  try {
    const { username } = await request("POST", "/staff/welcome/name", { body: { token } });
    view.isOf(username);
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    if (isOver(error) && shown === view && !view.isBusy) showOver();
    else view.isOf("");
  }
}

const isOver = (error) => error instanceof Refused && error.code === "link_over";

async function trySetting(view, newPassword) {
  if (navigator.onLine === false) {
    view.refuse(say("welcome.offline"));
    return;
  }
  const { token, isUnsure } = link;
  // before it is sent: the page may be gone when the answer comes
  learn(token, { isUnsure: true });
  try {
    showDone(await request("POST", "/staff/welcome", { body: { token, newPassword } }));
  } catch (error) {
    if (error instanceof Refused && !error.isPassing) learn(token, { isUnsure });
    if (isOver(error)) showOver();
    else explain(view, error, error instanceof Refused ? { 422: passwordFault(error) } : {});
  }
}

/** Of this link, should another one not have taken its place meanwhile. */
function learn(token, news) {
  if (token !== link.token) return;
  Object.assign(link, news);
  keepLink(link);
}

/** Signed in only where the person goes on: a device in other hands keeps nothing of it. */
function showDone(login) {
  forgetLink();
  const page = pageFor(login.role);
  const way = page && h("button", { type: "button", class: "login-submit", onclick: () => openPageFor(login) }, say("welcome.go", { page: say(page) }));
  show(new EndView(say("welcome.done"), say(page ? "welcome.doneLead" : "welcome.noPage"), way));
}

/** What is unsure stays with the tab: after a reload too it may have been one's own try that used the link. */
function showOver() {
  const { isUnsure } = link;
  if (isUnsure) learn(link.token, { isOver: true });
  else forgetLink();
  const way = isUnsure ? h("a", { class: "login-submit", href: "/" }, say("login.submit")) : null;
  show(new EndView(say("welcome.overTitle"), say(isUnsure ? "welcome.unsure" : "welcome.over"), way));
}

function begin() {
  if (!link.token) show(new EndView(say("password.title"), say("welcome.none")));
  else if (link.isOver) showOver();
  else showForm();
}

/** Another link, put into the address bar of this tab. */
addEventListener("hashchange", () => {
  link = takeLink();
  begin();
});
await loadWords(undefined, ["staff/", "welcome/"]);
document.title = say("password.title");
begin();
