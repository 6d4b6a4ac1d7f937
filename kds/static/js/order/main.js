/** The order page: fetches the menu, shows it, and goes to the track page with the placed order. */

import { Refused } from "../api.js";
import { h } from "../dom.js";
import { writeJson } from "../settings.js";
import { fetchMenu } from "./api.js";
import { OrderScreen } from "./order-screen.js";

const root = document.getElementById("app");
const branchId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const asked = new URLSearchParams(location.search);
const table = (asked.get("table") ?? "").trim().slice(0, 40);
const tableToken = asked.get("tableToken") ?? "";

async function open() {
  root.replaceChildren(h("p", { class: "phone-message" }, "Fetching the menu"));
  try {
    showMenu(await fetchMenu(branchId));
  } catch (error) {
    root.replaceChildren(failure(error));
  }
}

function showMenu(menu) {
  document.title = `Order at ${menu.name}`;
  const screen = new OrderScreen({ branchId, table, tableToken, menu, onPlaced: track });
  root.replaceChildren(screen.node);
  screen.start();
}

function failure(error) {
  const isUnknown = error instanceof Refused && error.status === 404;
  const words = isUnknown
    ? "This link leads to no restaurant. Scan the code on your table again, or ask at the counter."
    : "The menu cannot be reached. Are you online?";
  const again = h("button", { type: "button", class: "main-button", onclick: open }, "Try again");
  return h(
    "main",
    { class: "phone-message" },
    h("h1", {}, isUnknown ? "No such restaurant" : "No connection"),
    h("p", {}, words),
    isUnknown ? null : again,
  );
}

function track({ orderId, trackingToken }) {
  writeJson(sessionStorage, `kds.orderedFrom.${orderId}`, `${location.pathname}${location.search}`);
  location.assign(`/track/${encodeURIComponent(orderId)}?token=${encodeURIComponent(trackingToken)}`);
}

open();

// Coming back from the track page by "Back" may revive this page as it was while sending.
addEventListener("pageshow", (event) => event.persisted && location.reload());
