/** The back office: a manager or owner signs in, and the address behind `#` says which section is shown: `#staff/new`. */

import { Refused, request } from "../common/server/api.js";
import { officeSession, openPageFor, pageFor } from "../common/login/doors.js";
import { h } from "../common/dom/dom.js";
import { LoginView } from "../common/login/login-view.js";
import { explainLogin, loginWords } from "../common/login/login-words.js";
import { login } from "../common/login/login.js";
import { Session, storageOf } from "../common/login/session.js";
import { languageChoice, loadWords, say } from "../common/text/words.js";
import { HistorySection } from "./history/history-section.js";
import { MenuSection } from "./menu/menu-section.js";
import { BranchChoice } from "./office/branch-choice.js";
import { MoreSection } from "./office/more-section.js";
import { OfficeApi } from "./office/office-api.js";
import { mayManage, roleName } from "./office/ranks.js";
import { refusalOf } from "./office/refusals.js";
import { Shell } from "./office/shell.js";
import { StaffSection } from "./staff/staff-section.js";
import { StationsSection } from "./stations/stations-section.js";
import { TodaySection } from "./today/today-section.js";

const SECTIONS = { today: TodaySection, menu: MenuSection, stations: StationsSection, staff: StaffSection, history: HistorySection, more: MoreSection };
const FIRST = "today";

const root = document.getElementById("app");
const session = officeSession();
/** The device's own memory holds only a token that is over, as a sign that somebody was logged in here: strangers' guesses then keep nobody waiting. */
const device = new Session(storageOf("kds.manager"));
let leave = () => {};

function showLogin(message) {
  leave();
  const words = loginWords(say("office.backOffice"), say("office.lead"));
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) }, words);
  view.node.append(languageChoice());
  leave = () => view.stop();
  root.replaceChildren(view.node);
  view.start(message);
  return view;
}

async function tryLogin(view, username, password) {
  try {
    const answer = await login(username, password, device.earlierToken);
    const who = await whoIs(answer.token);
    if (who.managed.length === 0) {
      refuseRank(view, answer);
      return;
    }
    session.open(answer);
    enter(who);
  } catch (error) {
    explainLogin(view, error);
  }
}

const wantedBranch = () => new URL(location.href).searchParams.get("branch");

/** @typedef {{username: string, managed: {branchId: string, name: string, role: string}[]}} Who */

/** Whose login this is, and where it manages: that may be another branch than the one that it signs in to. @returns {Promise<Who>} */
async function whoIs(token) {
  const { username, branches } = await request("GET", "/staff/me", { token });
  return { username, managed: branches.filter(({ role }) => mayManage(role)) };
}

/** Into the branch that the address names, else the own one, else the only one; of several others somebody chooses. @param {Who} who one branch at least */
function enter(who) {
  const { managed } = who;
  const isKnown = managed.length === 1 || managed.some(({ branchId }) => branchId === wantedBranch() || branchId === session.branchId);
  if (isKnown) {
    showOffice(who, wantedBranch());
    return;
  }
  const choice = new BranchChoice(managed, { onBranch: (branchId) => showOffice(who, branchId), onSignOut: signOut });
  leave();
  leave = () => {};
  root.replaceChildren(choice.node);
  choice.start();
}

/** Who came to the wrong door is shown the own one. */
function refuseRank(view, answer) {
  const page = pageFor(answer.role);
  const way = page && h("button", { type: "button", class: "login-way", onclick: () => openPageFor(answer) }, say("office.goTo", { page: say(page) }));
  view.refuse(say("office.notYours", { role: roleName(answer.role) }), ...(way ? [way] : []));
}

/** @param {Who} who one branch at least @param {string | null} first of them, where it is one */
function showOffice({ username, managed }, first) {
  const api = new OfficeApi({ session, onLoginEnded: (token) => forgetLogin(token, say("login.ended")) });
  const shell = new Shell(sections(), {
    onBranch: (branchId) => leaving(() => chooseBranch(branchId), () => shell.showBranches(managed, api.branchId)),
    onSignOut: () => leaving(signOut),
  });
  let shown = { id: "", section: null, hash: "" };

  /** Goes on at once, or where something was typed that is not saved, after a yes; until then all stays. */
  function leaving(go, stay = () => {}) {
    if (!shown.section?.isUnsaved) {
      go();
      return;
    }
    stay();
    shown.section.askToLeave(go);
  }

  function chooseBranch(branchId) {
    const branch = managed.find((each) => each.branchId === branchId) ?? managed.find((each) => each.branchId === session.branchId) ?? managed[0];
    const url = new URL(location.href);
    if (managed.length > 1 || branch.branchId !== session.branchId) url.searchParams.set("branch", branch.branchId);
    else url.searchParams.delete("branch");
    if (api.branchId !== branch.branchId) url.hash = shown.id || url.hash;
    history.replaceState(history.state, "", url);
    api.branchId = branch.branchId;
    shell.showBranches(managed, branch.branchId);
    shown.section?.stop();
    shown = { id: "", section: null, hash: "" };
    follow(branch);
  }

  function follow(branch = managed.find((each) => each.branchId === api.branchId)) {
    const [wanted, ...rest] = location.hash.slice(1).split("/");
    const id = Object.keys(SECTIONS).includes(wanted) ? wanted : FIRST;
    if (id !== shown.id) {
      shown.section?.stop();
      shown = { id, section: new SECTIONS[id]({ api, branch, branches: managed, username, sections: sections() }), hash: "" };
      shell.show(id, shown.section.node);
      shown.section.start();
    }
    document.title = `${sections().find((each) => each.id === id).title} - ${say("office.backOffice")}`;
    shown.hash = location.hash;
    shown.section.go(rest.join("/"));
  }

  function onAddress() {
    const { hash } = location;
    const go = () => (location.hash === hash ? follow() : location.assign(hash || "#"));
    leaving(go, () => history.replaceState(history.state, "", shown.hash || "#"));
  }

  function onUnload(event) {
    if (!shown.section?.isUnsaved) return;
    event.preventDefault();
    event.returnValue = ""; // browsers of before 2023 ask for this alone
  }

  leave();
  leave = () => {
    api.end();
    shown.section?.stop();
    shell.stop();
    removeEventListener("hashchange", onAddress);
    removeEventListener("beforeunload", onUnload);
  };
  addEventListener("hashchange", onAddress);
  addEventListener("beforeunload", onUnload);
  root.replaceChildren(shell.node);
  chooseBranch(first);
}

const sections = () => [
  { id: "today", title: say("office.today"), icon: "gauge" },
  { id: "menu", title: say("office.menu"), icon: "list" },
  { id: "stations", title: say("office.stations"), icon: "grid", isInMore: true },
  { id: "staff", title: say("office.staff"), icon: "people" },
  { id: "history", title: say("office.history"), icon: "clock" },
  { id: "more", title: say("office.more"), icon: "more" },
];

/** The login that this tab has kept. */
async function resume() {
  try {
    const who = await whoIs(session.token);
    if (who.managed.length > 0) enter(who);
    else endLogin(say("refused.not_allowed"));
  } catch (error) {
    if (error instanceof Refused && error.status === 401) forgetLogin(session.token, refusalOf(error));
    else showLogin(refusalOf(error));
  }
}

function endLogin(message) {
  session.close();
  document.title = say("office.backOffice");
  return showLogin(message);
}

/** @param {string} token that the server takes no more @param {string} message */
function forgetLogin(token, message) {
  if (token) device.remember(token);
  endLogin(message);
}

/** The page is left at once; a token of which nobody knows whether it is over stays nowhere. */
async function signOut() {
  const { token } = session;
  const view = endLogin("");
  try {
    await request("POST", "/staff/logout", { token, body: {}, keepalive: true });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) {
      // somebody may be typing there, or be signed in by now
      view.tell(say("office.outUnheard", { problem: refusalOf(error) }));
      return;
    }
  }
  if (token) device.remember(token);
}

await loadWords(undefined, ["staff/", "manager/"]);
document.title = say("office.backOffice");
if (session.isOpen) await resume();
else showLogin("");
