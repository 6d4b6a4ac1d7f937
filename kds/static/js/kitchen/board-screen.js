/**
 * The board as a whole: state in, pictures out, presses to actions. It wires; it neither paints nor fetches itself.
 */

import { Columns, countsOf } from "../board/columns.js";
import { commandOf } from "../board/keys.js";
import { emptyState, hasCaughtUp, reduce } from "../board/reducer.js";
import { neighbour } from "../board/selection.js";
import { ServerClock } from "../clock.js";
import { h, setAttribute, setText } from "../dom.js";
import { plural } from "../format.js";
import { Actions } from "./actions.js";
import { kitchenApi } from "./api.js";
import { HealthBand } from "./band.js";
import { BoardLink } from "./board-link.js";
import { BoardView, COLUMNS } from "./board-view.js";
import { BottomBar } from "./bottom-bar.js";
import { Bumps } from "./bumps.js";
import { Notice } from "./notice.js";
import { OptionsDialog } from "./options.js";
import { ColumnTabs } from "./tabs.js";
import { actionWords, digitsOf } from "./ticket.js";
import { TopBar } from "./top-bar.js";

/** A touched button must not keep the focus, or the next Enter of a bump bar would press it again. */
function releaseFocus(event) {
  if (event.detail > 0) document.activeElement?.blur();
}

const TICK_MS = 1_000;
const NEW_GLOWS_MS = 4_000;
const WAITING_SHOWN_AFTER_MS = 700;

export class BoardScreen {
  /** @param {{session: import("./session.js").Session, settings: import("../settings.js").Settings, onLoginEnded: (message: string) => void}} wiring */
  constructor({ session, settings, onLoginEnded }) {
    this.session = session;
    this.settings = settings;
    this.onLoginEnded = onLoginEnded;
    this.clock = new ServerClock();
    this.state = emptyState();
    this.columnsOf = new Columns();
    this.branch = null;
    this.page = 0;
    this.pageCount = 1;
    this.tab = "SENT";
    this.selected = null;
    this.isPicking = false;
    this.onScreen = { lanes: [], digits: [] };
    this.newSince = new Map();
    this.waitingSince = new Map();
    this.frame = 0;
    this.wireServer();
    this.buildParts();
  }

  wireServer() {
    this.notice = new Notice();
    this.api = kitchenApi(() => this.session.token);
    const dispatch = (message) => this.dispatch(message);
    this.link = new BoardLink({
      session: this.session,
      api: this.api,
      clock: this.clock,
      getState: () => this.state,
      dispatch,
      onHello: () => this.loadBranch(),
      onChange: () => this.schedule(),
      onLoginEnded: this.onLoginEnded,
    });
    const say = (text, tone) => this.notice.show(text, tone);
    const actions = new Actions({ api: this.api, dispatch, say, onUnauthorized: this.onLoginEnded });
    this.bumps = new Bumps({ actions, clock: this.clock });
  }

  buildParts() {
    this.topBar = new TopBar({ onStation: (station) => this.chooseStation(station), onTheme: () => this.toggleTheme(), onSettings: () => this.options.show() });
    this.band = new HealthBand({ onRetry: () => this.link.retry() });
    this.tabs = new ColumnTabs({ onTab: (tab) => this.chooseTab(tab) });
    this.boardView = new BoardView({
      onBump: (orderId, at) => this.tapped(orderId, at),
      onSelect: (orderId) => this.select(orderId),
      onItem: (orderId, itemId) => this.toggleItem(orderId, itemId),
      onSeen: (orderId) => this.bump(orderId),
      onRecall: (orderId) => this.recall(orderId),
      onPage: (step) => this.turnPage(step),
      onResize: () => this.schedule(),
    });
    this.bottomBar = new BottomBar({ onMain: () => this.mainAction(), onItems: () => this.pickItems(), onPage: (step) => this.turnPage(step), onUndo: () => this.undo() });
    this.options = new OptionsDialog({ onTheme: (theme) => this.setTheme(theme), onSignOut: () => this.onLoginEnded("") });
    this.announcer = h("p", { class: "for-readers", "aria-live": "polite" });
    this.node = h(
      "div",
      { class: "kitchen" },
      this.topBar.node,
      this.band.node,
      this.tabs.node,
      this.boardView.node,
      this.notice.node,
      this.bottomBar.node,
      this.options.node,
      this.announcer,
    );
  }

  start() {
    this.onKey = (event) => this.pressed(event);
    document.addEventListener("keydown", this.onKey);
    this.node.addEventListener("click", releaseFocus);
    this.boardView.start();
    this.link.start();
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.schedule();
  }

  stop() {
    document.removeEventListener("keydown", this.onKey);
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.boardView.stop();
    this.link.stop();
    this.notice.clear();
  }

  async loadBranch() {
    try {
      this.branch = await this.api.branch();
      this.schedule();
    } catch {
      // The socket is up, so the next HELLO or the next tick asks again; default thresholds hold until then.
      this.branchAskedAt = performance.now();
    }
  }

  tick() {
    this.link.renewWhenDue();
    if (this.branch === null && this.link.connection.isOpen && performance.now() - (this.branchAskedAt ?? 0) > 5_000) {
      this.branchAskedAt = performance.now();
      this.loadBranch();
    }
    this.schedule();
  }

  dispatch(message) {
    this.state = reduce(this.state, message);
    if (message.type === "NEW_ORDER") this.welcome(message);
    if (message.type === "SNAPSHOT") setText(this.announcer, `${plural(message.orders.length, "order", "orders")} on the board`);
    this.schedule();
  }

  welcome(order) {
    this.newSince.set(order.orderId, performance.now());
    const place = order.table || order.customerName || "";
    setText(this.announcer, `New order ${order.orderNumber}${place ? `, ${place}` : ""}, ${plural(order.itemCount, "dish", "dishes")}`);
  }

  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    const { branch, state } = this;
    const now = this.clock.now();
    const health = this.link.health();
    const columns = this.columnsOf.of(state, this.station);
    const counts = countsOf(columns, branch?.thresholds, now);
    this.columns = columns;
    this.dropLostSelection();
    setAttribute(this.node, "data-phase", health.phase);
    this.topBar.update({ branch, station: this.station, counts, health, now, theme: document.documentElement.dataset.theme });
    this.band.update({ health, retryInMs: this.retryInMs(), heardAt: this.heardAt(now), timezone: branch?.timezone, ending: this.link.ending });
    this.tabs.update({ tab: this.tab, counts });
    const { tab, selected, isPicking, page } = this;
    const waiting = this.waitingOrders();
    const fresh = this.newOrders();
    const emptyWords = this.emptyWords(health);
    this.onScreen = this.boardView.update({ columns, counts, branch, now, page, tab, selected, isPicking, waiting, fresh, emptyWords });
    this.page = this.onScreen.page;
    this.bottomBar.update(this.barModel());
    this.options.update({ theme: this.settings.get("theme") });
  }

  get station() {
    const station = this.settings.get("station");
    return this.branch === null || this.branch.stations.includes(station) ? station : null;
  }

  retryInMs() {
    const { retryAt } = this.link.connection;
    return retryAt === null ? null : retryAt - performance.now();
  }

  heardAt(now) {
    const { lastHeardAt } = this.link.connection;
    return lastHeardAt === null || now === 0 ? 0 : now - (performance.now() - lastHeardAt);
  }

  emptyWords({ phase }) {
    if (phase === "live") return "No orders";
    return hasCaughtUp(this.state) ? "No orders when last heard" : "Fetching the orders";
  }

  waitingOrders() {
    const now = performance.now();
    const pending = new Set(this.state.pending.map(({ change }) => change.orderId));
    for (const orderId of this.waitingSince.keys()) if (!pending.has(orderId)) this.waitingSince.delete(orderId);
    for (const orderId of pending) if (!this.waitingSince.has(orderId)) this.waitingSince.set(orderId, now);
    return new Set([...pending].filter((orderId) => now - this.waitingSince.get(orderId) > WAITING_SHOWN_AFTER_MS));
  }

  newOrders() {
    const now = performance.now();
    for (const [orderId, since] of this.newSince) if (now - since > NEW_GLOWS_MS) this.newSince.delete(orderId);
    return new Set(this.newSince.keys());
  }

  barModel() {
    const view = this.viewOf(this.selected);
    const first = this.viewOf(this.onScreen.digits[0]);
    const undo = this.bumps.undoable();
    const recallable = this.recallable();
    return {
      mainWord: view ? actionWords(view) : first ? `Select ${first.number}` : "",
      canPick: view?.column === "SENT" && !view.isVoid,
      isPicking: this.isPicking,
      page: this.page,
      pageCount: this.onScreen.pageCount,
      undoWord: undo ? `Undo ${undo.number}, ${undo.leftS} s` : recallable ? `Recall ${recallable.number}` : "",
      isUndo: undo !== null,
    };
  }

  viewOf(orderId) {
    if (!orderId || !this.columns) return null;
    return [...this.columns.sent, ...this.columns.ready, ...this.columns.completed].find((view) => view.key === orderId) ?? null;
  }

  /** What `R` brings back when nothing can be undone: the selected one, or else the last completed. */
  recallable() {
    const view = this.viewOf(this.selected);
    if (view && !view.isVoid && view.column !== "SENT") return view;
    return this.columns?.completed[0] ?? null;
  }

  dropLostSelection() {
    if (this.viewOf(this.selected)) return;
    this.selected = null;
    this.isPicking = false;
  }

  select(orderId) {
    if (this.selected !== orderId) this.isPicking = false;
    this.selected = orderId;
    this.schedule();
  }

  tapped(orderId, at) {
    if (this.bumps.isSecondOfDoubleTap(at)) return;
    this.bump(orderId);
  }

  bump(orderId) {
    const view = this.viewOf(orderId);
    if (!view) return;
    if (this.selected === orderId) this.select(null);
    this.bumps.bump(view);
  }

  recall(orderId) {
    const view = this.viewOf(orderId);
    if (view) this.bumps.recall(view);
  }

  undo() {
    if (this.bumps.undoable()) this.bumps.undo();
    else if (this.recallable()) this.bumps.recall(this.recallable());
  }

  mainAction() {
    if (this.selected === null) this.select(this.onScreen.digits[0] ?? null);
    else if (this.viewOf(this.selected)?.column === "COMPLETED") this.recall(this.selected);
    else this.bump(this.selected);
  }

  toggleItem(orderId, itemId) {
    const row = this.viewOf(orderId)?.rows.find((each) => each.kind === "item" && each.itemId === itemId);
    if (row) this.bumps.markItem(orderId, row);
  }

  pickItems() {
    const view = this.viewOf(this.selected);
    this.isPicking = !this.isPicking && view?.column === "SENT" && !view.isVoid;
    this.schedule();
  }

  chooseDigit(index) {
    const view = this.viewOf(this.selected);
    if (this.isPicking && view) {
      const [key] = [...digitsOf(view.rows).keys()].slice(index, index + 1);
      if (key) this.toggleItem(view.orderId, key);
      return;
    }
    if (this.onScreen.digits[index]) this.select(this.onScreen.digits[index]);
  }

  turnPage(step) {
    this.page = Math.max(0, Math.min(this.onScreen.pageCount - 1, this.page + step));
    this.schedule();
  }

  chooseTab(tab) {
    this.tab = tab;
    this.page = 0;
    this.schedule();
  }

  chooseStation(station) {
    this.settings.set("station", station);
    this.page = 0;
    this.schedule();
  }

  toggleTheme() {
    this.setTheme(document.documentElement.dataset.theme === "light" ? "dark" : "light");
  }

  setTheme(theme) {
    this.settings.set("theme", theme);
    this.schedule();
  }

  pressed(event) {
    const command = commandOf(event);
    if (!command || this.options.isOpen) return;
    if (command.name === "bump" && event.target.closest?.("button") && event.target.matches(":focus-visible")) return;
    event.preventDefault();
    this.obey(command);
  }

  obey({ name, index, direction, step }) {
    const stations = [null, ...(this.branch?.stations ?? [])];
    const after = (list, value) => list[(list.indexOf(value) + 1) % list.length];
    const deeds = {
      digit: () => this.chooseDigit(index),
      bump: () => this.mainAction(),
      recall: () => this.undo(),
      items: () => this.pickItems(),
      move: () => this.select(neighbour(this.onScreen.lanes, this.selected, direction)),
      page: () => this.turnPage(step),
      station: () => this.chooseStation(after(stations, this.station)),
      tab: () => this.chooseTab(after(COLUMNS, this.tab)),
      theme: () => this.toggleTheme(),
      settings: () => this.options.show(),
      retry: () => this.link.health().phase !== "live" && this.link.retry(),
      leave: () => (this.isPicking ? this.pickItems() : this.select(null)),
    };
    deeds[name]();
  }
}
