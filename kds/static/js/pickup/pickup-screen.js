/** A pickup board that runs for weeks: its socket, its clock, its pages, its chime, and a login that renews itself. */

import { NoAnswer, Refused, request } from "../common/server/api.js";
import { ServerClock } from "../common/server/clock.js";
import { Connection, Newest, socketUrl } from "../common/server/connection.js";
import { judge } from "../common/server/health.js";
import { say } from "../common/text/words.js";
import { emptyBoard, reduce, visible } from "./board.js";
import { Chime } from "./chime.js";
import { PickupView } from "./pickup-view.js";

const TICK_MS = 1_000;
const RENEWAL_RETRY_MS = 60_000;

export class PickupScreen {
  /** @param {{session: import("../common/login/session.js").Session, onLoginEnded: (message: string) => void}} wiring */
  constructor({ session, onLoginEnded }) {
    this.session = session;
    this.onLoginEnded = onLoginEnded;
    const ending = { code: "login", message: say("pickup.loginEnded") };
    this.ending = ending;
    this.clock = new ServerClock();
    this.board = emptyBoard();
    this.newest = new Newest();
    this.isBlind = false;
    this.branch = null;
    this.deafSince = null;
    this.turnedAt = 0;
    this.nextRenewalAt = 0;
    this.view = new PickupView();
    this.chime = new Chime(() => this.render());
    this.connection = new Connection({
      address: () => ({ url: socketUrl("/pickup/live"), protocols: ["kds.v1", `bearer.${session.token}`] }),
      onLine: () => this.newest.startOver(),
      onMessage: (message) => this.hear(message),
      onChange: () => this.render(),
      endings: new Map([4501, 4503].map((code) => [code, ending])),
      diagnose: () => this.diagnose(),
      onEnd: ({ message }) => onLoginEnded(message),
    });
    this.node = this.view.node;
    this.onShown = () => document.visibilityState === "visible" && this.stayAwake();
  }

  start() {
    this.chime.start();
    document.addEventListener("visibilitychange", this.onShown);
    this.stayAwake();
    this.connection.start();
    this.ticker = setInterval(() => this.tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.ticker);
    document.removeEventListener("visibilitychange", this.onShown);
    this.wakeLock?.release().catch(() => {});
    this.connection.stop();
    this.chime.stop();
  }

  tick() {
    this.render();
    this.renewWhenDue();
  }

  hear(message) {
    if (message.serverTime) this.clock.hear(message.serverTime);
    if (message.type === "HEARTBEAT") this.deafSince = message.live ? null : (this.deafSince ?? performance.now());
    if (message.type.startsWith("PICKUP_") && this.newest.goesBack(message)) {
      this.connection.reconnect();
      return;
    }
    if (message.type === "PICKUP_BOARD") this.branch = message;
    this.board = reduce(this.board, message);
    if (this.board.called.length === 0) return;
    this.turnedAt = this.clock.now();
    this.chime.ring();
    this.view.announce(this.board.called.map((orderId) => this.board.lines.get(orderId).orderNumber));
  }

  /** A picture that stood still would call people to an empty counter: then the board says that it is not up to date. */
  render() {
    try {
      this.paint();
      this.isBlind = false;
    } catch (error) {
      if (!this.isBlind) console.error("the board is not painted:", error);
      this.isBlind = true;
      this.view.goBlind();
    }
  }

  paint() {
    const { isOpen, lastHeardAt, brokenSince } = this.connection;
    const hasCaughtUp = this.board.lines !== null;
    const { deafSince } = this;
    const health = judge({ now: performance.now(), isOpen, lastHeardAt, brokenSince, hasCaughtUp, deafSince });
    const now = this.clock.now();
    const shown = visible(this.board, now, this.turnedAt);
    this.view.update({ branch: this.branch, now, shown, health, isSilent: this.chime.isBlocked });
  }

  /** A browser hides why a handshake failed: the list, with the same token, tells it. */
  async diagnose() {
    try {
      await request("GET", "/pickup/orders", { token: this.session.token });
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) return this.ending;
    }
    return null;
  }

  /** At half of the token's life a new one is fetched, and a second socket takes over from the first. */
  async renewWhenDue() {
    if (!this.clock.isSet || this.clock.now() < Math.max(this.nextRenewalAt, this.session.renewAt())) return;
    this.nextRenewalAt = this.clock.now() + RENEWAL_RETRY_MS;
    try {
      this.session.open(await request("POST", "/staff/refresh", { token: this.session.token }));
      this.connection.handOver();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.onLoginEnded(this.ending.message);
      else if (!(error instanceof Refused) && !(error instanceof NoAnswer)) throw error;
    }
  }

  /** A TV that goes to sleep calls nobody; where the browser has no wake lock, its own settings must do. */
  async stayAwake() {
    try {
      this.wakeLock = await navigator.wakeLock?.request("screen");
    } catch {
      this.wakeLock = null;
    }
  }
}
