/**
 * The board as a whole, in one file because nothing else knows all of its parts: state in, pictures out, input to
 * actions. It wires; it neither paints nor fetches itself.
 */

import { NoAnswer, Refused } from "../common/api.js";
import { ServerClock } from "../common/clock.js";
import { h, setAttribute } from "../common/dom.js";
import { Actions } from "./actions.js";
import { kitchenApi } from "./api.js";
import { BoardLink } from "./board-link.js";
import { BoardStorage } from "./device/board-storage.js";
import { Device } from "./device/device.js";
import { BoardInput } from "./input/board-input.js";
import { Bumps } from "./input/bumps.js";
import { Controls } from "./input/controls.js";
import { shortcutsOf } from "./input/shortcuts.js";
import { WaitingChanges } from "./queue.js";
import { allDay } from "./state/all-day.js";
import { bandOf } from "./state/bands.js";
import { Columns, countsOf } from "./state/columns.js";
import { LateWatch, newsOf } from "./state/news.js";
import { emptyState, hasCaughtUp, reduce } from "./state/reducer.js";
import { Scope } from "./state/scope.js";
import { AllDayPanel } from "./view/all-day-panel.js";
import { Announcer } from "./view/announcer.js";
import { BottomBar } from "./view/bottom-bar.js";
import { EarlierDialog } from "./view/earlier-dialog.js";
import { HealthBanner } from "./view/health-banner.js";
import { Highlights } from "./view/highlights.js";
import { BoardView } from "./view/layouts/board-view.js";
import { LoginLine } from "./view/login-line.js";
import { Notice } from "./view/notice.js";
import { OptionsDialog } from "./view/options.js";
import { RenderGuard } from "./view/render-guard.js";
import { ColumnTabs } from "./view/tabs.js";
import { TopBar } from "./view/top-bar.js";

const TICK_MS = 1_000;
const BRANCH_RETRY_MS = 5_000;
const BRANCH_FRESH_MS = 60_000;

export class BoardScreen {
  /** @param {{session: import("../common/session.js").Session, settings: import("../common/settings.js").Settings, onLoginEnded: (message: string) => void}} wiring */
  constructor({ session, settings, onLoginEnded }) {
    this.session = session;
    this.onLoginEnded = (message) => this.endLogin(message, onLoginEnded);
    this.clock = new ServerClock();
    this.state = emptyState();
    this.columnsOf = new Columns();
    this.branch = null;
    this.scope = new Scope(settings);
    this.highlights = new Highlights();
    this.announcer = new Announcer();
    this.branchAskedAt = 0;
    this.branchTurn = 0;
    this.device = new Device(settings, { onChange: () => this.schedule(), onZoom: () => this.boardView.forget() });
    this.late = new LateWatch();
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
    this.storage = new BoardStorage(this.session.branchId);
    this.rememberedAt = 0;
    this.onOnline = () => this.actions.hurry();
    this.onHide = () => this.remember({ isLast: true });
    this.input = new BoardInput({ bumps: this.bumps, onChange: () => this.schedule() });
  }

  buildParts() {
    const { device, input } = this;
    this.topBar = new TopBar({
      onScope: (choice) => this.look(() => this.scope.choose(choice)),
      onLayout: () => this.look(() => this.scope.toggleLayout()),
      onSound: () => this.device.pressSound(),
      onSettings: () => this.options.show(),
    });
    this.guard = new RenderGuard({ paint: () => this.render(), onBlind: () => this.goBlind() });
    this.banner = new HealthBanner({ onRetry: () => this.link.retry() });
    this.loginLine = new LoginLine();
    this.tabs = new ColumnTabs({ onTab: (tab) => input.chooseTab(tab) });
    this.boardView = new BoardView({
      onBump: (orderId, at) => input.tapped(orderId, at),
      onSelect: (orderId) => input.pick(orderId),
      onItem: (orderId, itemId) => input.toggleItem(orderId, itemId),
      onSeen: (orderId, itemId) => input.seen(orderId, itemId),
      onStation: (orderId, name) => input.bumpStation(orderId, name),
      onRecall: (orderId) => input.recall(orderId),
      onPage: (step) => input.turnPage(step),
      onEarlier: () => this.showEarlier(),
      onResize: () => this.schedule(),
    });
    this.allDayPanel = new AllDayPanel();
    this.bottomBar = new BottomBar({
      onMain: () => input.mainAction(),
      onItems: () => input.pickItems(),
      onHold: () => input.hold(),
      onRush: () => input.rush(),
      onAllDay: () => this.toggleAllDay(),
      onPage: (step) => input.turnPage(step),
      onUndo: () => input.undo(),
    });
    this.earlier = new EarlierDialog({
      fetch: () => this.api.completed(),
      onRecall: (order) => this.bumps.recallOrder(order),
    });
    this.options = new OptionsDialog({
      onTheme: (theme) => device.setTheme(theme),
      onSound: () => device.toggleSound(),
      onTestTone: (tone) => device.sound.play(tone),
      onZoom: (step) => device.zoomBy(step),
      onFullScreen: () => device.fillScreen(),
      onKeys: (profile, keys) => device.setKeys(profile, keys),
      onPause: (paused, minutes) => this.pauseOrdering(paused, minutes),
      onSignOut: () => this.signOut(),
    });
    this.controls = new Controls(shortcutsOf(this), {
      keys: () => device.keys,
      isAside: () => this.options.isOpen || this.earlier.isOpen,
      onShortcut: () => this.boardView.touch(),
    });
    this.node = h(
      "div",
      { class: "kitchen" },
      this.topBar.node,
      this.banner.node,
      this.guard.node,
      this.loginLine.node,
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
    this.device.start();
    this.controls.start();
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
    this.device.stop();
    removeEventListener("online", this.onOnline);
    removeEventListener("pagehide", this.onHide);
    this.notice.clear();
  }

  /** What this device saw last stands here until the server tells what is new. */
  recallMemory() {
    const kept = this.storage.recall();
    if (!kept) return;
    this.branch = kept.branch;
    this.scope.know(kept.branch);
    this.rememberedAt = kept.serverTime;
    this.clock.guess(kept.serverTime + (Date.now() - kept.deviceTime));
    this.dispatch({ type: "REMEMBERED", ...kept });
  }

  remember(when) {
    if (this.clock.isSet) this.storage.keep(this.state, this.branch, this.clock.now(), when);
  }

  greeted() {
    this.loadBranch();
    this.actions.hurry();
  }

  /** Name, stations and thresholds; until they are known the default thresholds hold. The tick asks again: all screens show the same. */
  async loadBranch() {
    this.branchAskedAt = performance.now();
    const turn = (this.branchTurn += 1);
    try {
      const branch = await this.api.branch();
      if (turn !== this.branchTurn) return; // another question, or a pause, has been answered meanwhile
      this.branch = branch;
      this.scope.know(this.branch);
      this.schedule();
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
    }
  }

  async pauseOrdering(paused, minutes) {
    try {
      const ordering = await this.api.pause(paused, minutes);
      this.branchTurn += 1;
      this.branch = { ...this.branch, ordering };
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      return false;
    }
    this.schedule();
    return true;
  }

  tick() {
    this.schedule();
    this.link.renewWhenDue();
    this.remember();
    const pauseMs = this.branch === null ? BRANCH_RETRY_MS : BRANCH_FRESH_MS;
    if (this.link.connection.isOpen && performance.now() - this.branchAskedAt > pauseMs) this.loadBranch();
  }

  dispatch(message) {
    const news = newsOf(this.state.entries.get(message.orderId)?.order, message, this.scope.station);
    if (news) this.device.sound.tell(news);
    this.state = reduce(this.state, message);
    this.highlights.hear(message);
    this.announcer.hear(message);
    this.schedule();
  }

  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.guard.run());
  }

  render() {
    const { branch, state, scope } = this;
    const now = this.clock.now();
    const health = this.link.health();
    const columns = this.columnsOf.of(state, scope.station);
    const counts = countsOf(columns, branch?.thresholds, now);
    const layout = scope.layout(document.documentElement.dataset.board);
    const waiting = this.highlights.waiting(state);
    const preferences = this.device.preferences();
    this.topBar.update({ branch, scope, layout, counts, now, sound: preferences.sound });
    this.tellLate(columns, now);
    this.banner.update({
      health,
      retryInMs: this.link.retryInMs(),
      heardAt: this.link.heardAt(now) ?? this.rememberedAt,
      timezone: branch?.timezone,
      ending: this.link.ending,
    });
    this.loginLine.update({ endsAt: this.session.endsAt, now, timezone: branch?.timezone });
    const { page, tab, selected, isPicking } = this.input;
    this.tabs.update({ isShown: layout === "columns", tab, counts });
    this.allDayPanel.update({ isShown: scope.isAllDay, scope: scope.words, zoom: preferences.zoom, ...allDay(columns.sent) });
    const where = { page, tab, selected, isPicking, scope: scope.words, zoom: preferences.zoom };
    const looks = { waiting, fresh: this.highlights.fresh(), emptyWords: this.emptyWords(health) };
    const onScreen = this.boardView.update(layout, { columns, counts, branch, now, ...where, ...looks });
    this.input.painted(columns, onScreen, scope);
    const waitingCount = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    this.bottomBar.update({ ...this.input.words(), isAllDay: scope.isAllDay, waiting: waitingCount });
    this.options.update({ ...preferences, branch });
    // last: "Live" is said of a screen that was painted
    setAttribute(this.node, "data-phase", health.phase);
    this.topBar.paintHealth(health);
  }

  goBlind() {
    this.input.blind();
    this.banner.hide();
    setAttribute(this.node, "data-phase", "offline");
    this.topBar.paintHealth({ phase: "blind" });
  }

  tellLate({ sent }, now) {
    if (now === 0 || !hasCaughtUp(this.state)) return;
    const late = sent.filter((view) => bandOf(view, this.branch?.thresholds, now) === "late");
    if (this.late.hasNew(late.map((view) => view.orderId))) this.device.sound.tell("late");
  }

  emptyWords({ phase }) {
    if (phase === "live") return "No orders";
    return hasCaughtUp(this.state) ? "No orders when last heard" : "Fetching the orders";
  }

  /** Shows something else: from its first page, with nothing selected. */
  look(change) {
    change();
    this.input.lookAt(0);
  }

  retry() {
    if (this.link.health().phase !== "live") this.link.retry();
  }

  toggleAllDay() {
    this.scope.toggleAllDay();
    this.schedule();
  }

  showEarlier() {
    this.earlier.show(this.branch?.timezone);
  }

  signOut() {
    // without an answer the login ends by its time, or by a manager: this device has forgotten it either way
    this.api.logout().catch(() => {});
    this.onLoginEnded("");
  }

  /** What is on the screen goes with the login; what waits to be sent stays for the next one. */
  endLogin(message, tell) {
    this.storage.forget();
    tell(message);
  }
}
