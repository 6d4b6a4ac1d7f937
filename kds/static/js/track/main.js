/** The track page: one order, live for as long as the page is open; a dead link says so in plain words. */

import { NoAnswer, Refused, request } from "../api.js";
import { ServerClock } from "../clock.js";
import { Connection, socketUrl } from "../connection.js";
import { h } from "../dom.js";
import { judge } from "../health.js";
import { fetchMenu } from "../order/api.js";
import { readJson } from "../settings.js";
import { loadWords, say } from "../words.js";
import { CancelSheet } from "./cancel-sheet.js";
import { TrackView } from "./track-view.js";

const TICK_MS = 1_000;

await loadWords();

const DEAD = { code: "dead", message: say("track.deadLink") };
const root = document.getElementById("app");
const orderId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const token = new URLSearchParams(location.search).get("token") ?? "";
const path = `/public/order/${encodeURIComponent(orderId)}`;

const cancelSheet = new CancelSheet(cancel);
const view = new TrackView({ onCancel: () => cancelSheet.show() });
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
  if (!order.canCancel) cancelSheet.withdraw();
  if (!isFirst) return;
  root.replaceChildren(view.node, cancelSheet.node);
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

/** The server alone decides whether it is too late; its answer is also the news. */
async function cancel() {
  try {
    show(await request("POST", `${path}/cancel?token=${encodeURIComponent(token)}`));
    return "";
  } catch (error) {
    if (error instanceof NoAnswer) return say("cancel.noAnswer");
    if (!(error instanceof Refused)) throw error;
    if (error.order) order = error.order;
    return say(error.status === 409 ? "cancel.tooLate" : "cancel.refused");
  } finally {
    render();
  }
}

function showDead({ message }) {
  clearInterval(ticker);
  root.replaceChildren(
    h(
      "main",
      { class: "phone-message" },
      h("h1", {}, say("track.noOrder")),
      h("p", {}, message),
      h("p", {}, say("track.askStaff")),
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
  if (order !== null) view.update({ order, branch, now: clock.now(), health, moreLink: moreLink() });
  else if (health.phase === "offline")
    root.replaceChildren(h("p", { class: "phone-message" }, say("track.noConnection")));
}

function moreLink() {
  const from = readJson(sessionStorage, `kds.orderedFrom.${orderId}`);
  return typeof from === "string" && from.startsWith("/order/") ? from : null;
}

root.replaceChildren(h("p", { class: "phone-message" }, say("track.fetching")));
const ticker = setInterval(render, TICK_MS);
connection.start();
