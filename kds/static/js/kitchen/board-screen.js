/**
 * The board as a whole: state in, pictures out, presses to actions. It wires; it neither paints nor fetches itself.
 */

import { NoAnswer, Refused } from "../api.js";
import { allDay } from "../board/all-day.js";
import { Columns, countsOf } from "../board/columns.js";
import { emptyState, hasCaughtUp, reduce } from "../board/reducer.js";
import { ServerClock } from "../clock.js";
import { h, setAttribute } from "../dom.js";
import { Actions } from "./actions.js";
import { AllDayPanel } from "./all-day-panel.js";
import { Announcer } from "./announcer.js";
import { kitchenApi } from "./api.js";
import { HealthBand } from "./band.js";
import { BoardLink } from "./board-link.js";
import { BottomBar } from "./bottom-bar.js";
import { Bumps } from "./bumps.js";
import { Controls } from "./controls.js";
import { EarlierDialog } from "./earlier-dialog.js";
import { BoardView } from "./layouts/board-view.js";
import { COLUMNS } from "./layouts/columns-view.js";
import { Notice } from "./notice.js";
import { OptionsDialog } from "./options.js";
import { PassingMarks } from "./passing-marks.js";
import { Presses } from "./presses.js";
import { Scope } from "./scope.js";
import { ColumnTabs } from "./tabs.js";
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
    this.scope = new Scope(settings);
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
    this.presses = new Presses({ bumps: this.bumps, onChange: () => this.schedule() });
  }

  buildParts() {
    const { presses } = this;
    this.topBar = new TopBar({
      onScope: (choice) => this.look(() => this.scope.choose(choice)),
      onLayout: () => this.look(() => this.scope.toggleLayout()),
      onSettings: () => this.options.show(),
    });
    this.band = new HealthBand({ onRetry: () => this.link.retry() });
    this.tabs = new ColumnTabs({ onTab: (tab) => presses.chooseTab(tab) });
    this.boardView = new BoardView({
      onBump: (orderId, at) => presses.tapped(orderId, at),
      onSelect: (orderId) => presses.select(orderId),
      onItem: (orderId, itemId) => presses.toggleItem(orderId, itemId),
      onSeen: (orderId, itemId) => presses.seen(orderId, itemId),
      onStation: (orderId, name) => presses.bumpStation(orderId, name),
      onRecall: (orderId) => presses.recall(orderId),
      onPage: (step) => presses.turnPage(step),
      onEarlier: () => this.showEarlier(),
      onResize: () => this.schedule(),
    });
    this.allDayPanel = new AllDayPanel();
    this.bottomBar = new BottomBar({
      onMain: () => presses.mainAction(),
      onItems: () => presses.pickItems(),
      onHold: () => presses.hold(),
      onRush: () => presses.rush(),
      onAllDay: () => this.toggleAllDay(),
      onPage: (step) => presses.turnPage(step),
      onUndo: () => presses.undo(),
    });
    this.earlier = new EarlierDialog({
      fetch: () => this.api.completed(),
      onRecall: (order) => this.bumps.recallOrder(order),
    });
    this.options = new OptionsDialog({
      onTheme: (theme) => this.setTheme(theme),
      onSignOut: () => this.onLoginEnded(""),
    });
    this.controls = new Controls(this.deeds(), {
      isAside: () => this.options.isOpen || this.earlier.isOpen,
      onDeed: () => this.boardView.touch(),
    });
    this.node = h(
      "div",
      { class: "kitchen" },
      this.topBar.node,
      this.band.node,
      this.tabs.node,
      this.boardView.node,
      this.allDayPanel.node,
      this.notice.node,
      this.bottomBar.node,
      this.options.node,
      this.earlier.node,
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
      this.scope.know(this.branch);
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
    const { branch, state, scope } = this;
    const now = this.clock.now();
    const health = this.link.health();
    const columns = this.columnsOf.of(state, scope.station);
    const counts = countsOf(columns, branch?.thresholds, now);
    const layout = scope.layout(document.documentElement.dataset.board);
    const waiting = this.marks.waiting(state);
    setAttribute(this.node, "data-phase", health.phase);
    this.topBar.update({ branch, scope, layout, counts, health, now });
    this.band.update({
      health,
      retryInMs: this.retryInMs(),
      heardAt: this.heardAt(now),
      timezone: branch?.timezone,
      ending: this.link.ending,
    });
    const { page, tab, selected, isPicking } = this.presses;
    this.tabs.update({ isShown: layout === "columns", tab, counts });
    this.allDayPanel.update({ isShown: scope.isAllDay, scope: scope.words, columns: 5, ...allDay(columns.sent) });
    const where = { page, tab, selected, isPicking, scope: scope.words, zoom: 1 };
    const looks = { waiting, fresh: this.marks.fresh(), emptyWords: this.emptyWords(health) };
    const onScreen = this.boardView.update(layout, { columns, counts, branch, now, ...where, ...looks });
    this.presses.painted(columns, onScreen, scope.isExpo);
    const waitingCount = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    this.bottomBar.update({ ...this.presses.words(), isAllDay: scope.isAllDay, waiting: waitingCount });
    this.options.update({ theme: this.settings.get("theme") });
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

  /** Shows something else: from its first page, with nothing selected. */
  look(change) {
    change();
    this.presses.lookAt(0);
  }

  toggleAllDay() {
    this.scope.toggleAllDay();
    this.schedule();
  }

  showEarlier() {
    this.earlier.show(this.branch?.timezone);
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
    const { presses, scope } = this;
    const after = (list, value) => list[(list.indexOf(value) + 1) % list.length];
    return {
      digit: ({ index }) => presses.chooseDigit(index),
      bump: () => presses.mainAction(),
      recall: () => presses.undo(),
      items: () => presses.pickItems(),
      hold: () => presses.hold(),
      rush: () => presses.rush(),
      seen: () => presses.seeNext(),
      move: ({ direction }) => presses.move(direction),
      page: ({ step }) => presses.turnPage(step),
      allDay: () => this.toggleAllDay(),
      earlier: () => this.showEarlier(),
      station: () => this.look(() => scope.chooseNext()),
      expo: () => this.look(() => scope.toggleExpo()),
      layout: () => this.look(() => scope.toggleLayout()),
      tab: () => presses.chooseTab(after(COLUMNS, presses.tab)),
      theme: () => this.toggleTheme(),
      settings: () => this.options.show(),
      retry: () => this.link.health().phase !== "live" && this.link.retry(),
      leave: () => presses.leave(),
    };
  }
}
