/**
 * The pickup page: a login of role PICKUP once, then the board for weeks.
 *
 * Where the address names no branch the login does, and leads to the board of that.
 */

import { limitsHere } from "../common/login/limits.js";
import { LoginView } from "../common/login/login-view.js";
import { explainLogin, loginWords } from "../common/login/login-words.js";
import { login } from "../common/login/login.js";
import { Session, storageOf } from "../common/login/session.js";
import { languageChoice, loadWords, say } from "../common/text/words.js";
import { PickupScreen } from "./pickup-screen.js";

const root = document.getElementById("app");
let branchId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** A device may be a kitchen board too: the two logins do not know of each other. */
const session = new Session(storageOf("kds.pickup"));
let shown = null;

function show(screen, ...startWith) {
  shown?.stop();
  shown = screen;
  root.replaceChildren(screen.node);
  screen.start(...startWith);
}

function showBoard() {
  if (branchId === "") {
    branchId = session.login.branchId;
    history.replaceState(null, "", `/pickup/${branchId}${location.search}`);
  }
  show(new PickupScreen({ session, onLoginEnded: endLogin }));
}

function endLogin(message) {
  session.close();
  showLogin(message);
}

function showLogin(message) {
  const words = loginWords(say("pickup.title"), say("pickup.lead"), limitsHere());
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) }, words);
  view.node.append(languageChoice());
  show(view, message);
}

function isOurs(branch) {
  return branchId === "" || branch === branchId;
}

async function tryLogin(view, username, password) {
  try {
    const answer = await login(username, password, session.earlierToken);
    if (answer.role !== "PICKUP") view.refuse(say("pickup.otherRole"));
    else if (!isOurs(answer.branchId)) view.refuse(say("pickup.otherBranch"));
    else {
      session.open(answer);
      showBoard();
    }
  } catch (error) {
    explainLogin(view, error);
  }
}

await loadWords(undefined, ["staff/"]);
document.title = say("pickup.title");
if (session.isOpen && isOurs(session.login.branchId)) showBoard();
else showLogin("");
