/** The kitchen page: the login, or the board; going from one to the other undoes what the first had set up. */

import { NoAnswer, Refused } from "../common/api.js";
import { LoginView } from "../common/login-view.js";
import { login } from "../common/login.js";
import { Session } from "../common/session.js";
import { Settings } from "../common/settings.js";
import { BoardScreen } from "./board-screen.js";
import { keepPageOffline } from "./device/offline-page.js";

const WAIT_UNTOLD_S = 30;

const root = document.getElementById("app");
const settings = new Settings();
const session = new Session();
let shown = null;

function show(screen, ...startWith) {
  shown?.stop();
  shown = screen;
  root.replaceChildren(screen.node);
  screen.start(...startWith);
}

function showBoard() {
  show(new BoardScreen({ session, settings, onLoginEnded: endLogin }));
}

function endLogin(message) {
  session.close();
  showLogin(message);
}

function showLogin(message) {
  delete document.documentElement.dataset.board;
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) });
  show(view, message);
}

async function tryLogin(view, username, password) {
  try {
    const answer = await login(username, password, session.earlierToken);
    if (answer.role !== "KITCHEN") {
      view.refuse("This login is not for the kitchen board. Use a kitchen login.");
      return;
    }
    session.open(answer);
    showBoard();
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

keepPageOffline();
if (session.isOpen) showBoard();
else showLogin("");
