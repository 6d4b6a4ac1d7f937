/** The kitchen page: the login, or the board; going from one to the other undoes what the first had set up. */

import { limitsHere } from "../common/login/limits.js";
import { LoginView } from "../common/login/login-view.js";
import { explainLogin, loginWords } from "../common/login/login-words.js";
import { login } from "../common/login/login.js";
import { Session } from "../common/login/session.js";
import { Settings } from "../common/device/settings.js";
import { languageChoice, loadWords, say } from "../common/text/words.js";
import { BoardScreen } from "./board-screen.js";
import { keepPageOffline } from "./device/offline-page.js";

const MAY_COOK = ["KITCHEN", "MANAGER", "OWNER"];

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
  const words = loginWords(say("kitchen.title"), say("kitchen.lead"), limitsHere({ opensOffline: true }));
  const view = new LoginView({ onLogin: (username, password) => tryLogin(view, username, password) }, words);
  view.node.append(languageChoice());
  show(view, message);
}

async function tryLogin(view, username, password) {
  try {
    const answer = await login(username, password, session.earlierToken);
    if (!MAY_COOK.includes(answer.role)) {
      view.refuse(say("kitchen.otherRole"));
      return;
    }
    session.open(answer);
    showBoard();
  } catch (error) {
    explainLogin(view, error);
  }
}

keepPageOffline();
await loadWords(undefined, ["staff/", "kitchen/"]);
if (session.isOpen) showBoard();
else showLogin("");
