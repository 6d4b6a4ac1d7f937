/** The order page: fetches the menu, shows it, and goes to the track page with the placed order. */

import { Refused, secretOf } from "../../common/server/api.js";
import { h } from "../../common/dom/dom.js";
import { deviceStorage, writeJson } from "../../common/device/settings.js";
import { loadWords, say } from "../../common/text/words.js";
import { fetchMenu } from "../menu-link.js";
import { trackPath } from "./placing/attempt.js";
import { OrderScreen } from "./order-screen.js";
import { forgetSheet, go } from "./sheets/sheet-history.js";

const root = document.getElementById("app");
const branchId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const table = (new URLSearchParams(location.search).get("table") ?? "").trim();
const tableToken = secretOf("tableToken");

async function open() {
  root.replaceChildren(h("p", { class: "phone-message" }, say("order.fetching")));
  try {
    showMenu(await fetchMenu(branchId, table, tableToken));
  } catch (error) {
    root.replaceChildren(failure(error));
  }
}

function showMenu(menu) {
  document.title = say("order.title", { branch: menu.name });
  const screen = new OrderScreen({ branchId, table, tableToken, menu, onPlaced: track });
  root.replaceChildren(screen.node);
  screen.start();
}

function failure(error) {
  const isUnknown = error instanceof Refused && error.status === 404;
  const words = isUnknown
    ? say("order.noRestaurantWhy")
    : say("order.noConnectionWhy");
  const again = h("button", { type: "button", class: "main-button", onclick: open }, say("again"));
  return h(
    "main",
    { class: "phone-message" },
    h("h1", {}, say(isUnknown ? "order.noRestaurant" : "order.noConnection")),
    h("p", {}, words),
    isUnknown ? null : again,
  );
}

function track({ orderId, trackingToken }) {
  const { pathname, search, hash } = location;
  writeJson(deviceStorage("sessionStorage"), `kds.orderedFrom.${orderId}`, `${pathname}${search}${hash}`);
  go(trackPath(orderId, trackingToken));
}

forgetSheet();
await loadWords();
open();

// Coming back from the track page by "Back" may revive this page as it was while sending.
addEventListener("pageshow", (event) => event.persisted && location.reload());
