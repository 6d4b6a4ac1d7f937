/** The track page: one order, live for as long as the page is open; a dead link says so in plain words. */

import { NoAnswer, Refused, request, secretOf } from "../../common/server/api.js";
import { ServerClock } from "../../common/server/clock.js";
import { Connection, Newest, socketUrl } from "../../common/server/connection.js";
import { h } from "../../common/dom/dom.js";
import { judge } from "../../common/server/health.js";
import { deviceStorage, readJson } from "../../common/device/settings.js";
import { loadWords, say } from "../../common/text/words.js";
import { fetchMenu } from "../menu-link.js";
import { CancelSheet } from "./cancel-sheet.js";
import { isReadable } from "./order-view-shape.js";
import { TrackView } from "./track-view.js";

const TICK_MS = 1_000;

await loadWords(undefined, ["track/"]);

const DEAD = { code: "dead", message: say("track.deadLink") };
const root = document.getElementById("app");
const orderId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const token = secretOf("token");
const path = `/public/order/${encodeURIComponent(orderId)}`;

const cancelSheet = new CancelSheet(cancel);
const view = new TrackView({ onCancel: () => cancelSheet.show() });
const clock = new ServerClock();
let order = null;
let branch = null;
let deafSince = null;
let isBlind = false;
const newest = new Newest();

const connection = new Connection({
  address: () => ({ url: socketUrl(`${path}/live`, { token }) }),
  onLine: () => newest.startOver(),
  onMessage: hear,
  onChange: render,
  endings: new Map(),
  diagnose,
  onEnd: showDead,
});

function hear(message) {
  if (message.serverTime) clock.hear(message.serverTime);
  if (message.type === "HEARTBEAT") deafSince = message.live ? null : (deafSince ?? performance.now());
  if (message.type !== "ORDER_STATUS") return;
  if (newest.goesBack(message)) connection.reconnect();
  else if (newest.takes(message)) show(message);
}

/** What a request brought: the live line may have told something newer meanwhile. */
function showAnswer(news) {
  if (newest.takes(news)) show(news);
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
    if (order === null) showAnswer(news);
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && error.status !== 429) return DEAD;
  }
  return null;
}

/** The server alone decides whether it is too late; its answer is also the news. */
async function cancel() {
  try {
    showAnswer(await request("POST", `${path}/cancel?token=${encodeURIComponent(token)}`));
    return "";
  } catch (error) {
    if (error instanceof NoAnswer) return say("cancel.noAnswer");
    if (!(error instanceof Refused)) throw error;
    if (error.order) showAnswer(error.order);
    return say(error.status === 409 ? "cancel.tooLate" : "cancel.refused");
  } finally {
    render();
  }
}

function showDead({ message }) {
  clearInterval(ticker);
  root.replaceChildren(messagePage(say("track.noOrder"), message, say("track.askStaff")));
}

function messagePage(title, ...sentences) {
  return h("main", { class: "phone-message" }, h("h1", {}, title), ...sentences.map((words) => h("p", {}, words)));
}

/** A page that stood still under the word "Live" would be believed: then it says what it cannot show. */
function render() {
  try {
    paint();
    if (isBlind) root.replaceChildren(view.node, cancelSheet.node);
    isBlind = false;
  } catch (error) {
    if (!isBlind) console.error("the order is not painted:", error);
    isBlind = true;
    root.replaceChildren(messagePage(say("track.unreadable"), say("track.askStaff")));
  }
}

function paint() {
  if (order !== null && !isReadable(order)) throw new TypeError("not an order");
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
  const from = readJson(deviceStorage("sessionStorage"), `kds.orderedFrom.${orderId}`);
  return typeof from === "string" && from.startsWith("/order/") ? from : null;
}

root.replaceChildren(h("p", { class: "phone-message" }, say("track.fetching")));
const ticker = setInterval(render, TICK_MS);
// another link of the same order differs behind the `#` alone, and a browser then stays on the page
addEventListener("hashchange", () => location.reload());
connection.start();
