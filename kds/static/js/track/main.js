/** The track page: one order, live for as long as the page is open; a dead link says so in plain words. */

import { Refused, request } from "../api.js";
import { ServerClock } from "../clock.js";
import { Connection, socketUrl } from "../connection.js";
import { h } from "../dom.js";
import { judge } from "../health.js";
import { fetchMenu } from "../order/api.js";
import { readJson } from "../settings.js";
import { TrackView } from "./track-view.js";

const TICK_MS = 1_000;
const DEAD = { code: "dead", message: "This link does not work, or it has expired." };

const root = document.getElementById("app");
const orderId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const token = new URLSearchParams(location.search).get("token") ?? "";
const path = `/public/order/${encodeURIComponent(orderId)}`;

const view = new TrackView();
const clock = new ServerClock();
let order = null;
let branch = null;
let deafSince = null;

const connection = new Connection({
  address: () => ({ url: socketUrl(`${path}/live`, { token }) }),
  onMessage: hear,
  onChange: render,
  endings: new Map(),
  diagnose,
  onEnd: showDead,
});

function hear(message) {
  if (message.serverTime) clock.hear(message.serverTime);
  if (message.type === "HEARTBEAT") deafSince = message.live ? null : (deafSince ?? performance.now());
  if (message.type === "ORDER_STATUS") show(message);
}

function show(news) {
  const isFirst = order === null;
  order = news;
  if (!isFirst) return;
  root.replaceChildren(view.node);
  loadBranch();
}

/** The restaurant's name and time zone come from its menu; without them the page works as well. */
async function loadBranch() {
  branch = await fetchMenu(order.branchId).catch(() => null);
  render();
}

/** A browser hides why a socket was refused: the same link over HTTP tells it. */
async function diagnose() {
  try {
    const news = await request("GET", `${path}?token=${encodeURIComponent(token)}`);
    if (order === null) show(news);
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && error.status !== 429) return DEAD;
  }
  return null;
}

function showDead({ message }) {
  clearInterval(ticker);
  root.replaceChildren(
    h(
      "main",
      { class: "phone-message" },
      h("h1", {}, "No order here"),
      h("p", {}, message),
      h("p", {}, "Please ask the staff about your order."),
    ),
  );
}

function render() {
  const { isOpen, lastHeardAt, brokenSince } = connection;
  const health = judge({
    now: performance.now(),
    isOpen,
    lastHeardAt,
    brokenSince,
    hasCaughtUp: order !== null,
    deafSince,
  });
  if (order !== null) view.update({ order, branch, health, moreLink: moreLink() });
  else if (health.phase === "offline")
    root.replaceChildren(h("p", { class: "phone-message" }, "No connection. Trying again."));
}

function moreLink() {
  const from = readJson(sessionStorage, `kds.orderedFrom.${orderId}`);
  return typeof from === "string" && from.startsWith("/order/") ? from : null;
}

root.replaceChildren(h("p", { class: "phone-message" }, "Fetching your order"));
const ticker = setInterval(render, TICK_MS);
connection.start();
