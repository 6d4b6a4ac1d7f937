/** The table sheet: a manager signs in, says which tables there are, and prints a card with a QR code for each. */

import { NoAnswer, Refused, request } from "../api.js";
import { setText } from "../dom.js";
import { login } from "../kitchen/api.js";
import { LoginView } from "../kitchen/login-view.js";
import { Session, storageOf } from "../kitchen/session.js";
import { deviceStorage, readJson, writeJson } from "../settings.js";
import { loadWords, say } from "../words.js";
import { tableNames } from "./names.js";
import { SheetView } from "./sheet-view.js";

const WAIT_UNTOLD_S = 30;
const STORE = "kds.tables";
const FIRST_TIME = "T1-T10";

const root = document.getElementById("app");
/** Not kept open: a manager's login ends with the page, and only shows next time that it was here. */
const session = new Session(storageOf("kds.tables"));
let openToken = "";

function showLogin(message) {
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) });
  setText(view.form.querySelector("h1"), say("sheet.title"));
  setText(view.form.querySelector(".login-lead"), say("sheet.signIn"));
  root.replaceChildren(view.node);
  view.start(message);
}

async function tryLogin(view, username, password) {
  try {
    const { token, role } = await login(username, password, session.earlierToken);
    openToken = token;
    if (role === "MANAGER") await showSheet(token);
    else view.refuse(say("sheet.managersOnly"));
  } catch (error) {
    if (error instanceof Refused && error.status === 429) view.wait(error.retryAfterS ?? WAIT_UNTOLD_S);
    else view.refuse(wordsOf(error));
  }
}

async function showSheet(token) {
  const view = new SheetView({ onTables: (text) => show(text), onPrint: () => print() });

  async function show(text) {
    const names = tableNames(text);
    const query = new URLSearchParams(names.map((name) => ["table", name]));
    try {
      view.update(await request("GET", `/manager/tables?${query}`, { token }));
      view.refuse("");
      writeJson(deviceStorage("localStorage"), STORE, text);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) showLogin(wordsOf(error));
      else view.refuse(wordsOf(error));
    }
  }

  const text = readJson(deviceStorage("localStorage"), STORE) ?? FIRST_TIME;
  view.fill(text);
  await show(text);
  root.replaceChildren(view.node);
}

function signOut() {
  if (!openToken) return;
  session.remember(openToken);
  const headers = { Authorization: `Bearer ${openToken}` };
  fetch("/staff/logout", { method: "POST", headers, credentials: "omit", keepalive: true }).catch(() => {});
  openToken = "";
}

function wordsOf(error) {
  if (error instanceof NoAnswer) return say("sheet.noAnswer");
  if (!(error instanceof Refused)) throw error;
  return error.message;
}

await loadWords();
document.title = say("sheet.title");
addEventListener("pagehide", (event) => event.persisted || signOut());
showLogin("");
