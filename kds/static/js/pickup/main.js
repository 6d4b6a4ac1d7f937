/** The pickup page: a login of role PICKUP once, then the board for weeks. */

import { NoAnswer, Refused } from "../api.js";
import { setText } from "../dom.js";
import { login } from "../kitchen/api.js";
import { LoginView } from "../kitchen/login-view.js";
import { Session, storageOf } from "../kitchen/session.js";
import { loadWords, say } from "../words.js";
import { PickupScreen } from "./pickup-screen.js";

const WAIT_UNTOLD_S = 30;

const root = document.getElementById("app");
const branchId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
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
  show(new PickupScreen({ session, onLoginEnded: endLogin }));
}

function endLogin(message) {
  session.close();
  showLogin(message);
}

function showLogin(message) {
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) });
  setText(view.form.querySelector("h1"), "Pickup board");
  show(view, message);
}

async function tryLogin(view, username, password) {
  try {
    const answer = await login(username, password, session.earlierToken);
    if (answer.role !== "PICKUP") view.refuse("This login is not for a pickup board. Use one of role PICKUP.");
    else if (answer.branchId !== branchId) view.refuse("This login is for another restaurant.");
    else {
      session.open(answer);
      showBoard();
    }
  } catch (error) {
    explain(view, error);
  }
}

function explain(view, error) {
  if (error instanceof NoAnswer) view.refuse("The server does not answer. Is this device on the network?");
  else if (!(error instanceof Refused)) throw error;
  else if (error.status === 429) view.wait(error.retryAfterS ?? WAIT_UNTOLD_S);
  else if (error.status === 401) view.refuse("Wrong name or password.");
  else view.refuse(error.message);
}

await loadWords();
document.title = say("pickup.title");
if (session.isOpen && session.login.branchId === branchId) showBoard();
else showLogin("");
