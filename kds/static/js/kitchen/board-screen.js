/** The board as a whole: what the server and this device say goes into one state, and the state onto the screen. */

import { setAttribute } from "../common/dom/dom.js";
import { ServerClock } from "../common/server/clock.js";
import { Actions } from "./actions.js";
import { kitchenApi } from "./api.js";
import { BoardLink } from "./board-link.js";
import { BoardPainter } from "./board-painter.js";
import { BoardParts } from "./board-parts.js";
import { Branch } from "./branch.js";
import { BoardStorage } from "./device/board-storage.js";
import { Device } from "./device/device.js";
import { LateAlarm } from "./device/late-alarm.js";
import { Dishes } from "./dishes.js";
import { BoardInput } from "./input/board-input.js";
import { Bumps } from "./input/bumps.js";
import { Controls } from "./input/controls.js";
import { DishPresses } from "./input/dish-presses.js";
import { Idle } from "./input/idle.js";
import { shortcutsOf } from "./input/shortcuts.js";
import { Later } from "./later.js";
import { WaitingChanges } from "./queue.js";
import { newsOf } from "./state/board/news.js";
import { emptyState, hasCaughtUp, reduce, shownOrder } from "./state/orders/reducer.js";
import { stationsIn } from "./state/orders/stations.js";
import { Scope } from "./state/board/scope.js";
import { Highlights } from "./view/ticket/highlights.js";

const TICK_MS = 1_000;

export class BoardScreen {
  /** @param {{session: import("../common/login/session.js").Session, settings: import("../common/device/settings.js").Settings, onLoginEnded: (message: string) => void}} wiring */
  constructor({ session, settings, onLoginEnded }) {
    this.session = session;
    this.onLoginEnded = (message) => this.endLogin(message, onLoginEnded);
    this.state = emptyState();
    this.clock = new ServerClock();
    this.scope = new Scope(settings);
    this.storage = new BoardStorage(session.branchId);
    this.rememberedAt = 0;
    this.frame = 0;
    this.device = new Device(settings, { onChange: () => this.schedule(), onSizes: () => this.parts.forgetSizes() });
    this.lateAlarm = new LateAlarm(this.device.sound);
    this.highlights = new Highlights();
    this.wireServer();
    this.bumps = new Bumps({ actions: this.actions, clock: this.clock });
    this.dishPresses = new DishPresses({ bumps: this.bumps, dishes: this.dishes, say: (text) => this.parts.notice.show(text) });
    this.input = new BoardInput({ bumps: this.bumps, onChange: () => this.schedule() });
    const shortcuts = shortcutsOf(this);
    this.parts = new BoardParts(this, shortcuts);
    this.painter = new BoardPainter(this, this.highlights);
    this.controls = new Controls(shortcuts, { keys: () => this.device.keys, isAside: () => this.parts.isAside });
    this.idle = new Idle(() => this.parts.isAside || this.input.goHome());
    this.onOnline = () => this.actions.hurry();
    this.onHide = () => this.remember({ isLast: true });
  }

  get node() {
    return this.parts.node;
  }

  wireServer() {
    const { session, clock, onLoginEnded } = this;
    const dispatch = (message) => this.dispatch(message);
    this.api = kitchenApi(() => session.token);
    this.branch = new Branch({ api: this.api, onChange: () => this.learnBranch() });
    this.link = new BoardLink({
      session,
      api: this.api,
      clock,
      getState: () => this.state,
      dispatch,
      onHello: () => this.greeted(),
      onChange: () => this.schedule(),
      onLoginEnded,
    });
    this.later = new Later({ api: this.api, dispatch });
    this.dishes = new Dishes({ api: this.api, getState: () => this.state, onChange: () => this.schedule() });
    const say = (text, tone) => this.parts.notice.show(text, tone);
    const waiting = new WaitingChanges(session.branchId);
    this.actions = new Actions({ api: this.api, waiting, dispatch, say, onUnauthorized: onLoginEnded });
  }

  start() {
    this.device.start();
    this.controls.start();
    this.idle.start();
    this.parts.boardView.start();
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
    this.idle.stop();
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.parts.boardView.stop();
    this.link.stop();
    this.actions.stop();
    this.later.stop();
    this.device.stop();
    removeEventListener("online", this.onOnline);
    removeEventListener("pagehide", this.onHide);
    this.parts.notice.clear();
  }

  /** What this device saw last stands here until the server tells what is new. */
  recallMemory() {
    const kept = this.storage.recall();
    if (!kept) return;
    this.branch.know(kept.branch);
    this.rememberedAt = kept.serverTime;
    this.clock.guess(kept.serverTime + (Date.now() - kept.deviceTime));
    this.dispatch({ type: "REMEMBERED", ...kept });
  }

  remember(when) {
    if (this.clock.isSet) this.storage.keep(this.state, this.branch.facts, this.clock.now(), when);
  }

  greeted() {
    this.branch.load();
    this.actions.hurry();
  }

  learnBranch() {
    this.scope.know(this.branch.facts);
    this.schedule();
  }

  tick() {
    this.idle.tick();
    this.schedule();
    this.link.renewWhenDue();
    this.remember();
    if (!this.link.connection.isOpen) return;
    this.branch.loadWhenDue();
    this.dishes.loadWhenDue(this.parts.stock.isOpen);
  }

  dispatch(message) {
    const before = this.state.entries.get(message.orderId)?.order;
    const news = newsOf(before, message, this.scope.station);
    if (news) this.device.sound.tell(news);
    this.state = reduce(this.state, message);
    this.highlights.hear(message);
    this.parts.announcer.hear(message, before, this.scope.station);
    this.later.hear(message);
    this.dishes.hear(message);
    this.branch.meet(stationsIn(message));
    this.schedule();
  }

  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.parts.guard.run());
  }

  render() {
    const now = this.clock.now();
    const { sent } = this.painter.paint(now);
    if (now !== 0 && hasCaughtUp(this.state)) this.lateAlarm.hear(sent, this.branch.thresholds, now);
  }

  /** What was painted before may not be acted on. */
  goBlind() {
    this.input.blind();
    this.parts.banner.hide();
    setAttribute(this.node, "data-phase", "offline");
    this.parts.topBar.paintHealth({ phase: "blind" });
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

  toggleJoining() {
    this.scope.toggleJoining();
    this.schedule();
  }

  /** Of the selected ticket, or of the first one. */
  showWhole() {
    const view = this.input.cursor.view ?? this.input.painted.viewOf(this.input.painted.first);
    if (view) this.parts.sheet.show(view.key, shownOrder(this.state, view.key));
  }

  /** @param {any} order whose dishes stand first: that of the selected ticket, unless one is meant */
  showSoldOut(order = null) {
    if (this.dishes.isRefused) return;
    const { view } = this.input.cursor;
    const first = order ?? (view && shownOrder(this.state, view.key));
    const open = [...this.state.entries.values()].filter((entry) => entry.order?.status === "SENT" || entry.order?.status === "READY");
    this.parts.stock.show({ order: first, orders: open.map((entry) => entry.order) });
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
