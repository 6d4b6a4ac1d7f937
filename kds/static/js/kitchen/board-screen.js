/**
 * The board as a whole: state in, pictures out, presses to actions. It wires; it neither paints nor fetches itself.
 */

import { NoAnswer, Refused } from "../api.js";
import { Columns, countsOf } from "../board/columns.js";
import { emptyState, hasCaughtUp, reduce } from "../board/reducer.js";
import { neighbour } from "../board/selection.js";
import { ServerClock } from "../clock.js";
import { h, setAttribute } from "../dom.js";
import { Actions } from "./actions.js";
import { Announcer } from "./announcer.js";
import { kitchenApi } from "./api.js";
import { HealthBand } from "./band.js";
import { BoardLink } from "./board-link.js";
import { BoardView, COLUMNS } from "./board-view.js";
import { BottomBar } from "./bottom-bar.js";
import { Bumps } from "./bumps.js";
import { Controls } from "./controls.js";
import { Notice } from "./notice.js";
import { OptionsDialog } from "./options.js";
import { PassingMarks } from "./passing-marks.js";
import { ColumnTabs } from "./tabs.js";
import { actionWords, digitsOf } from "./ticket.js";
import { TopBar } from "./top-bar.js";

const TICK_MS = 1_000;
const BRANCH_RETRY_MS = 5_000;

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
    this.tab = "SENT";
    this.selected = null;
    this.isPicking = false;
    this.onScreen = { lanes: [], digits: [], pageCount: 1, page: 0 };
    this.marks = new PassingMarks();
    this.announcer = new Announcer();
    this.branchAskedAt = 0;
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
    this.topBar = new TopBar({
      onStation: (station) => this.chooseStation(station),
      onTheme: () => this.toggleTheme(),
      onSettings: () => this.options.show(),
    });
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
    this.bottomBar = new BottomBar({
      onMain: () => this.mainAction(),
      onItems: () => this.pickItems(),
      onPage: (step) => this.turnPage(step),
      onUndo: () => this.undo(),
    });
    this.options = new OptionsDialog({
      onTheme: (theme) => this.setTheme(theme),
      onSignOut: () => this.onLoginEnded(""),
    });
    this.controls = new Controls(this.deeds(), () => this.options.isOpen);
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
      this.announcer.node,
    );
  }

  start() {
    this.controls.start();
    this.boardView.start();
    this.link.start();
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.schedule();
  }

  stop() {
    this.controls.stop();
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.boardView.stop();
    this.link.stop();
    this.notice.clear();
  }

  /** Name, stations and thresholds; until they are known the default thresholds hold, and the tick asks again. */
  async loadBranch() {
    this.branchAskedAt = performance.now();
    try {
      this.branch = await this.api.branch();
      this.schedule();
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
    }
  }

  tick() {
    this.link.renewWhenDue();
    const isDue = performance.now() - this.branchAskedAt > BRANCH_RETRY_MS;
    if (this.branch === null && this.link.connection.isOpen && isDue) this.loadBranch();
    this.schedule();
  }

  dispatch(message) {
    this.state = reduce(this.state, message);
    this.marks.hear(message);
    this.announcer.hear(message);
    this.schedule();
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
    setAttribute(this.node, "data-phase", health.phase);
    this.topBar.update({
      branch,
      station: this.station,
      counts,
      health,
      now,
      theme: document.documentElement.dataset.theme,
    });
    this.band.update({
      health,
      retryInMs: this.retryInMs(),
      heardAt: this.heardAt(now),
      timezone: branch?.timezone,
      ending: this.link.ending,
    });
    this.tabs.update({ tab: this.tab, counts });
    const { tab, selected, isPicking, page } = this;
    const [waiting, fresh] = [this.marks.waiting(state), this.marks.fresh()];
    const looks = { page, tab, selected, isPicking, waiting, fresh, emptyWords: this.emptyWords(health) };
    this.onScreen = this.boardView.update({ columns, counts, branch, now, ...looks });
    this.page = this.onScreen.page;
    this.dropHiddenSelection();
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
    return (
      [...this.columns.sent, ...this.columns.ready, ...this.columns.completed].find((view) => view.key === orderId) ??
      null
    );
  }

  /** What `R` brings back when nothing can be undone: the selected one, or else the last completed. */
  recallable() {
    const view = this.viewOf(this.selected);
    if (view && !view.isVoid && view.column !== "SENT") return view;
    return this.columns?.completed[0] ?? null;
  }

  /** What is selected may have gone, or been moved to another page: nothing unseen is ever bumped. */
  dropHiddenSelection() {
    if (this.selected === null || this.onScreen.lanes.flat().includes(this.selected)) return;
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
    this.lookAt(Math.max(0, Math.min(this.onScreen.pageCount - 1, this.page + step)));
  }

  chooseTab(tab) {
    this.tab = tab;
    this.lookAt(0);
  }

  chooseStation(station) {
    this.settings.set("station", station);
    this.lookAt(0);
  }

  /** Another view has nothing selected, or Enter would bump a ticket that nobody sees. */
  lookAt(page) {
    this.page = page;
    this.select(null);
  }

  toggleTheme() {
    this.setTheme(document.documentElement.dataset.theme === "light" ? "dark" : "light");
  }

  setTheme(theme) {
    this.settings.set("theme", theme);
    this.schedule();
  }

  /** What each command of board/keys.js does here. */
  deeds() {
    const after = (list, value) => list[(list.indexOf(value) + 1) % list.length];
    return {
      digit: ({ index }) => this.chooseDigit(index),
      bump: () => this.mainAction(),
      recall: () => this.undo(),
      items: () => this.pickItems(),
      move: ({ direction }) => this.select(neighbour(this.onScreen.lanes, this.selected, direction)),
      page: ({ step }) => this.turnPage(step),
      station: () => this.chooseStation(after([null, ...(this.branch?.stations ?? [])], this.station)),
      tab: () => this.chooseTab(after(COLUMNS, this.tab)),
      theme: () => this.toggleTheme(),
      settings: () => this.options.show(),
      retry: () => this.link.health().phase !== "live" && this.link.retry(),
      leave: () => (this.isPicking ? this.pickItems() : this.select(null)),
    };
  }
}
