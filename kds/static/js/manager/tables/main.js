/** The table sheet: a manager signs in, says which tables there are, and prints a card with a QR code for each. */

import { Refused, request } from "../../common/server/api.js";
import { LoginView } from "../../common/login/login-view.js";
import { explainLogin, loginWords, problemOf } from "../../common/login/login-words.js";
import { login } from "../../common/login/login.js";
import { Session, storageOf } from "../../common/login/session.js";
import { deviceStorage, readJson, writeJson } from "../../common/device/settings.js";
import { languageChoice, loadWords, say } from "../../common/text/words.js";
import { tableNames } from "./names.js";
import { RenewDialog } from "./renew-dialog.js";
import { SheetView } from "./sheet-view.js";

const MAY_MANAGE = ["MANAGER", "OWNER"];
const FIRST_TIME = "T1-T10";

/** The address may name another branch than the one that a login signs in to. */
const branchId = new URL(location.href).searchParams.get("branch") ?? "";
const inBranch = branchId === "" ? [] : [["branch", branchId]];
const STORE = branchId === "" ? "kds.tables" : `kds.tables.${branchId}`;

const root = document.getElementById("app");
/** Not kept open: a manager's login ends with the page, and only shows next time that it was here. */
const session = new Session(storageOf("kds.tables"));
let openToken = "";

function showLogin(message) {
  const words = loginWords(say("sheet.title"), say("sheet.signIn"));
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) }, words);
  view.node.append(languageChoice());
  root.replaceChildren(view.node);
  view.start(message);
}

async function tryLogin(view, username, password) {
  try {
    const { token, role } = await login(username, password, session.earlierToken);
    openToken = token;
    if (MAY_MANAGE.includes(role) || branchId !== "") await showSheet(token);
    else view.refuse(say("sheet.managersOnly"));
  } catch (error) {
    explainLogin(view, error);
  }
}

async function showSheet(token) {
  const dialog = new RenewDialog(renew);
  const view = new SheetView({
    onTables: (text) => show(text),
    onPrint: () => print(),
    onRenew: (table) => dialog.show(table),
  });

  /** The code of one table, made anew. @returns {Promise<string>} why not; empty when it is done */
  async function renew(table) {
    try {
      view.replace(await request("POST", `/manager/tables/renew${branchId && `?branch=${encodeURIComponent(branchId)}`}`, { token, body: { tables: [table] } }));
      return "";
    } catch (error) {
      return problemOf(error, problems());
    }
  }

  let asked = 0;

  /** Who presses twice is shown what was asked for last, whichever answer comes first. */
  async function show(text) {
    asked += 1;
    const turn = asked;
    const names = tableNames(text);
    const query = new URLSearchParams([...names.map((name) => ["table", name]), ...inBranch]);
    try {
      const sheet = await request("GET", `/manager/tables?${query}`, { token });
      if (turn !== asked) return;
      view.update(sheet);
      view.refuse("");
      writeJson(deviceStorage("localStorage"), STORE, text);
    } catch (error) {
      if (turn !== asked) return;
      const problem = problemOf(error, problems());
      if (error instanceof Refused && error.status === 401) showLogin(problem);
      else view.refuse(problem);
    }
  }

  const text = readJson(deviceStorage("localStorage"), STORE) ?? FIRST_TIME;
  view.fill(text);
  await show(text);
  root.replaceChildren(view.node, dialog.node);
}

const problems = () => ({ 401: say("login.ended"), 403: say("sheet.managersOnly"), 404: say("sheet.managersOnly"), 422: say("sheet.badTables") });

function signOut() {
  if (!openToken) return;
  session.remember(openToken);
  const headers = { Authorization: `Bearer ${openToken}` };
  fetch("/staff/logout", { method: "POST", headers, credentials: "omit", keepalive: true }).catch(() => {});
  openToken = "";
}

await loadWords(undefined, ["staff/"]);
document.title = say("sheet.title");
addEventListener("pagehide", (event) => event.persisted || signOut());
showLogin("");
