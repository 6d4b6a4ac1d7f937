/**
 * Ties the board's state to the server: the socket's address with its resume point, the messages into the
 * reducer, a resync when the reducer asks for one, the renewal of the token long before it ends.
 */

import { NoAnswer, Refused } from "../common/server/api.js";
import { Connection } from "../common/server/connection.js";
import { judge } from "../common/server/health.js";
import { say } from "../common/text/words.js";
import { displayAddress, openSocket } from "./early-socket.js";
import { hasCaughtUp } from "./state/orders/reducer.js";

/** By the code that a socket was closed with. */
const endings = () =>
  new Map([
    [4501, loginEnded()],
    [4503, { code: "login", message: say("end.closed") }],
    [4504, { code: "screens", message: say("end.screens") }],
  ]);
const loginEnded = () => ({ code: "login", message: say("login.ended") });
const RENEWAL_RETRY_MS = 60_000;

export class BoardLink {
  /**
   * @param {{
   *   session: import("../common/login/session.js").Session, api: ReturnType<typeof import("./api.js").kitchenApi>,
   *   clock: import("../common/server/clock.js").ServerClock, getState: () => import("./state/orders/reducer.js").State,
   *   dispatch: (message: any) => void, onHello: () => void, onChange: () => void,
   *   onLoginEnded: (message: string) => void
   * }} wiring
   */
  constructor(wiring) {
    this.wiring = wiring;
    this.ending = null;
    this.deafSince = null;
    this.nextRenewalAt = 0;
    /** The line that still lives on the token before the renewed one; a takeover that failed is tried again. */
    this.outdated = null;
    this.mustStartOver = false;
    this.connection = new Connection({
      address: () => this.address(),
      openSocket,
      onMessage: (message) => this.hear(message),
      onChange: wiring.onChange,
      endings: endings(),
      diagnose: () => this.diagnose(),
      onEnd: (ending) => this.end(ending),
    });
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.connection.stop();
  }

  /** "Try now": also after an ending that a person could mend. */
  retry() {
    if (this.ending === null) {
      this.connection.reconnect();
      return;
    }
    this.ending = null;
    this.connection.start();
  }

  /** @returns {ReturnType<typeof judge>} */
  health() {
    const { isOpen, lastHeardAt, brokenSince } = this.connection;
    const hasApplied = hasCaughtUp(this.wiring.getState());
    return judge({
      now: performance.now(),
      isOpen,
      lastHeardAt,
      brokenSince,
      hasCaughtUp: hasApplied,
      deafSince: this.deafSince,
    });
  }

  retryInMs() {
    const { retryAt } = this.connection;
    return retryAt === null ? null : retryAt - performance.now();
  }

  /** The server's time when it was last heard, when that is `now`; 0 while unknown, null when it never was. @returns {number | null} */
  heardAt(now) {
    const { lastHeardAt } = this.connection;
    if (lastHeardAt === null) return null;
    return now === 0 ? 0 : now - (performance.now() - lastHeardAt);
  }

  address() {
    const { epoch, revision, at } = this.wiring.getState();
    const since = this.mustStartOver || revision === null ? { since: 0 } : { since: revision, epoch, at };
    this.mustStartOver = false;
    return displayAddress(since, this.wiring.session.token);
  }

  hear(message) {
    if (message.serverTime) this.wiring.clock.hear(message.serverTime);
    if (message.type === "HELLO") this.deafSince = null;
    if (message.type === "HEARTBEAT") this.deafSince = message.live ? null : (this.deafSince ?? performance.now());
    this.wiring.dispatch(message);
    if (message.type === "HELLO") this.wiring.onHello();
    this.resync(this.wiring.getState().resync);
  }

  resync(need) {
    if (need === "none") return;
    this.mustStartOver = need === "snapshot";
    this.connection.reconnect();
  }

  /** A browser hides why a handshake failed: the list, with the same token, tells it. */
  async diagnose() {
    try {
      await this.wiring.api.orders();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return loginEnded();
      if (error instanceof Refused && error.status === 403)
        return { code: "login", message: say("end.notKitchen") };
    }
    return null;
  }

  end(ending) {
    if (ending.code === "login") {
      this.wiring.onLoginEnded(ending.message);
      return;
    }
    this.ending = ending;
    this.wiring.onChange();
  }

  /** Called every second: at half of the token's life it is renewed, and a second socket takes over. */
  async renewWhenDue() {
    const { clock, session, api } = this.wiring;
    if (!clock.isSet || clock.now() < this.nextRenewalAt) return;
    const isOutdated = this.outdated !== null && this.outdated === this.connection.current;
    if (!isOutdated && clock.now() < session.renewAt()) return;
    this.nextRenewalAt = clock.now() + RENEWAL_RETRY_MS;
    try {
      if (!isOutdated) session.open(await api.refresh());
      this.outdated = this.connection.current;
      this.connection.handOver();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.wiring.onLoginEnded(loginEnded().message);
      else if (!(error instanceof Refused) && !(error instanceof NoAnswer)) throw error;
    }
  }
}
