/**
 * The board as a whole: state in, pictures out, presses to actions. It wires; it neither paints nor fetches itself.
 */

import { NoAnswer, Refused } from "../api.js";
import { allDay } from "../board/all-day.js";
import { bandOf } from "../board/bands.js";
import { Columns, countsOf } from "../board/columns.js";
import { keyMap } from "../board/keys.js";
import { LateWatch, newsOf } from "../board/news.js";
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
import { toggleFullScreen } from "./full-screen.js";
import { showKeys } from "./keycap.js";
import { BoardView } from "./layouts/board-view.js";
import { COLUMNS } from "./layouts/columns-view.js";
import { Notice } from "./notice.js";
import { BoardMemory } from "./memory.js";
import { OptionsDialog } from "./options.js";
import { PassingMarks } from "./passing-marks.js";
import { Presses } from "./presses.js";
import { WaitingChanges } from "./queue.js";
import { Scope } from "./scope.js";
import { Sound } from "./sound.js";
import { ColumnTabs } from "./tabs.js";
import { TopBar } from "./top-bar.js";
import { WakeLock } from "./wake-lock.js";

const TICK_MS = 1_000;
const BRANCH_RETRY_MS = 5_000;
const ZOOM = { step: 0.1, min: 0.8, max: 1.5 };

export class BoardScreen {
  /** @param {{session: import("./session.js").Session, settings: import("../settings.js").Settings, onLoginEnded: (message: string) => void}} wiring */
  constructor({ session, settings, onLoginEnded }) {
    this.session = session;
    this.settings = settings;
    this.onLoginEnded = (message) => this.endLogin(message, onLoginEnded);
    this.clock = new ServerClock();
    this.state = emptyState();
    this.columnsOf = new Columns();
    this.branch = null;
    this.scope = new Scope(settings);
    this.marks = new PassingMarks();
    this.announcer = new Announcer();
    this.branchAskedAt = 0;
    this.sound = new Sound(() => this.schedule());
    this.late = new LateWatch();
    this.wakeLock = new WakeLock();
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
      onHello: () => this.greeted(),
      onChange: () => this.schedule(),
      onLoginEnded: this.onLoginEnded,
    });
    const say = (text, tone) => this.notice.show(text, tone);
    const waiting = new WaitingChanges(this.session.branchId);
    this.actions = new Actions({ api: this.api, waiting, dispatch, say, onUnauthorized: this.onLoginEnded });
    this.bumps = new Bumps({ actions: this.actions, clock: this.clock });
    this.memory = new BoardMemory(this.session.branchId);
    this.rememberedAt = 0;
    this.onOnline = () => this.actions.hurry();
    this.onHide = () => this.remember({ isLast: true });
    this.presses = new Presses({ bumps: this.bumps, onChange: () => this.schedule() });
  }

  buildParts() {
    const { presses } = this;
    this.topBar = new TopBar({
      onScope: (choice) => this.look(() => this.scope.choose(choice)),
      onLayout: () => this.look(() => this.scope.toggleLayout()),
      onSound: () => this.pressSound(),
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
      onSound: () => this.toggleSound(),
      onTestTone: (tone) => this.sound.play(tone),
      onZoom: (step) => this.zoomBy(step),
      onFullScreen: () => this.fillScreen(),
      onKeys: (profile, keys) => this.setKeys(profile, keys),
      onSignOut: () => this.onLoginEnded(""),
    });
    this.controls = new Controls(this.deeds(), {
      keys: () => this.keys,
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
    this.applyDevice();
    this.controls.start();
    this.sound.start();
    this.wakeLock.start();
    this.boardView.start();
    this.recallMemory();
    this.actions.restore();
    this.link.start();
    addEventListener("online", this.onOnline);
    addEventListener("pagehide", this.onHide);
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.schedule();
  }

  stop() {
    this.controls.stop();
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.boardView.stop();
    this.link.stop();
    this.actions.stop();
    this.sound.stop();
    this.wakeLock.stop();
    removeEventListener("online", this.onOnline);
    removeEventListener("pagehide", this.onHide);
    this.notice.clear();
  }

  /** What this device saw last stands here until the server tells what is new. */
  recallMemory() {
    const kept = this.memory.recall();
    if (!kept) return;
    this.branch = kept.branch;
    this.scope.know(kept.branch);
    this.rememberedAt = kept.serverTime;
    this.clock.guess(kept.serverTime + (Date.now() - kept.deviceTime));
    this.dispatch({ type: "REMEMBERED", ...kept });
  }

  remember(when) {
    if (this.clock.isSet) this.memory.keep(this.state, this.branch, this.clock.now(), when);
  }

  greeted() {
    this.loadBranch();
    this.actions.hurry();
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
    this.remember();
    const isDue = performance.now() - this.branchAskedAt > BRANCH_RETRY_MS;
    if (this.branch === null && this.link.connection.isOpen && isDue) this.loadBranch();
    this.schedule();
  }

  dispatch(message) {
    const news = newsOf(this.state.entries.get(message.orderId)?.order, message, this.scope.station);
    if (news) this.sound.tell(news);
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
    this.topBar.update({ branch, scope, layout, counts, health, now, sound: this.sound.state });
    this.tellLate(columns, now);
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
    const where = { page, tab, selected, isPicking, scope: scope.words, zoom: this.settings.get("zoom") };
    const looks = { waiting, fresh: this.marks.fresh(), emptyWords: this.emptyWords(health) };
    const onScreen = this.boardView.update(layout, { columns, counts, branch, now, ...where, ...looks });
    this.presses.painted(columns, onScreen, scope.isExpo);
    const waitingCount = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    this.bottomBar.update({ ...this.presses.words(), isAllDay: scope.isAllDay, waiting: waitingCount });
    const [theme, zoom, profile, keys] = ["theme", "zoom", "profile", "keys"].map((name) => this.settings.get(name));
    this.options.update({ theme, sound: this.sound.state, zoom, profile, keys });
  }

  tellLate({ sent }, now) {
    if (now === 0 || !hasCaughtUp(this.state)) return;
    const late = sent.filter((view) => bandOf(view, this.branch?.thresholds, now) === "late");
    if (this.late.hasNew(late.map((view) => view.orderId))) this.sound.tell("late");
  }

  retryInMs() {
    const { retryAt } = this.link.connection;
    return retryAt === null ? null : retryAt - performance.now();
  }

  heardAt(now) {
    const { lastHeardAt } = this.link.connection;
    if (lastHeardAt === null) return this.rememberedAt;
    return now === 0 ? 0 : now - (performance.now() - lastHeardAt);
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

  /** What is on the screen goes with the login; what waits to be sent stays for the next one. */
  endLogin(message, tell) {
    this.memory.forget();
    tell(message);
  }

  /** What this device prefers, put to work. */
  applyDevice() {
    const learned = this.settings.get("keys")[this.settings.get("profile")];
    this.keys = keyMap(learned);
    showKeys(learned);
    this.sound.isOn = this.settings.get("sounds");
    document.documentElement.style.setProperty("--zoom", String(this.settings.get("zoom")));
    this.schedule();
  }

  set(name, value) {
    this.settings.set(name, value);
    this.applyDevice();
  }

  setKeys(profile, keys) {
    this.settings.set("profile", profile);
    this.set("keys", keys);
  }

  /** The press itself unlocks a blocked one. */
  pressSound() {
    if (this.sound.state !== "blocked" && !this.sound.isBeingOpened) this.toggleSound();
  }

  toggleSound() {
    this.set("sounds", !this.settings.get("sounds"));
  }

  zoomBy(step) {
    const zoom = Math.round((this.settings.get("zoom") + step * ZOOM.step) * 10) / 10;
    this.set("zoom", Math.max(ZOOM.min, Math.min(ZOOM.max, zoom)));
    this.boardView.forget();
  }

  async fillScreen() {
    await toggleFullScreen();
    this.schedule();
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
      sound: () => this.pressSound(),
      theme: () => this.toggleTheme(),
      zoom: ({ step }) => this.zoomBy(step),
      fullScreen: () => this.fillScreen(),
      settings: () => this.options.show(),
      retry: () => this.link.health().phase !== "live" && this.link.retry(),
      leave: () => presses.leave(),
    };
  }
}
