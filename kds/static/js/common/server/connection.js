/**
 * Keeps one WebSocket alive for ever: retries with full jitter, notices silence, tells how it stands.
 *
 * It knows nothing of orders. Whoever uses it gives an `address()` asked afresh for every attempt (so that
 * a resume point and a renewed token are never stale), and gets every message as parsed JSON.
 */

const RETRY_FLOOR_MS = 500;
const RETRY_CEILING_MS = 8_000;
const OPENING_LIMIT_MS = 8_000;
/** Heartbeats come every 5 s: two missed ones and a little. Screens must be stale within 12 s of any break. */
export const SILENCE_LIMIT_MS = 11_000;
/** A screen that was hidden does not wait for the full limit. */
const SILENCE_WHEN_SHOWN_MS = 6_500;
const WATCH_EVERY_MS = 1_000;
/** After so long without one, a message that cannot be taken is the first again. */
const QUIET_AFTER_MS = 30_000;

/** Full jitter: anywhere between half a second and a ceiling that doubles with each failed try. */
export function retryDelay(failures, random = Math.random) {
  const ceiling = Math.min(RETRY_CEILING_MS, RETRY_FLOOR_MS * 2 ** (failures + 1));
  return RETRY_FLOOR_MS + random() * (ceiling - RETRY_FLOOR_MS);
}

/**
 * @typedef {{code: string, message: string}} Ending  why no retry would help
 * @typedef {{
 *   address: () => {url: string, protocols?: string[]},
 *   openSocket?: (address: {url: string, protocols: string[]}) => WebSocket,
 *   onMessage: (message: any) => void,
 *   onLine?: () => void,
 *   onChange: () => void,
 *   endings: Map<number, Ending>,
 *   diagnose: () => Promise<Ending | null>,
 *   onEnd: (ending: Ending) => void,
 * }} Wiring  `onLine`: a new line is about to tell its first message; `diagnose` is asked after a handshake that failed, whose status a browser does not show
 */
export class Connection {
  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.wiring = wiring;
    this.current = null;
    this.successor = null;
    this.failures = 0;
    /** Lines in a row that told something the page could not take. */
    this.faults = 0;
    this.isOpen = false;
    this.lastHeardAt = null;
    this.brokenSince = performance.now();
    this.retryAt = null;
    this.isRunning = false;
    this.onOnline = () => this.hurry();
    this.onShown = () => document.visibilityState === "visible" && this.hurry();
  }

  start() {
    this.isRunning = true;
    addEventListener("online", this.onOnline);
    addEventListener("pageshow", this.onShown);
    document.addEventListener("visibilitychange", this.onShown);
    this.watch = setInterval(() => this.checkSilence(SILENCE_LIMIT_MS), WATCH_EVERY_MS);
    this.connect();
  }

  stop() {
    this.isRunning = false;
    removeEventListener("online", this.onOnline);
    removeEventListener("pageshow", this.onShown);
    document.removeEventListener("visibilitychange", this.onShown);
    clearInterval(this.watch);
    clearTimeout(this.retryTimer);
    this.abandon(this.current);
    this.abandon(this.successor);
    this.current = this.successor = null;
    this.isOpen = false;
    this.retryAt = null;
  }

  /** Connects at once, whatever the state: after a gap was found, or when a person pressed "Try now". */
  reconnect() {
    if (!this.isRunning) return;
    this.lose();
    this.connect();
  }

  /** Opens a second socket at a new address; it takes over with its first message, then the first is closed. */
  handOver() {
    if (!this.isRunning || !this.isOpen) return;
    this.abandon(this.successor);
    this.successor = this.open();
  }

  hurry() {
    if (!this.isRunning) return;
    if (this.retryAt !== null) this.reconnect();
    else this.checkSilence(SILENCE_WHEN_SHOWN_MS);
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.retryAt = null;
    this.current = this.open();
    this.wiring.onChange();
  }

  open() {
    const { url, protocols = [] } = this.wiring.address();
    const socket = this.wiring.openSocket?.({ url, protocols }) ?? new WebSocket(url, protocols);
    const line = { socket, hasOpened: false, hasSpoken: false, openedAt: performance.now(), timer: 0 };
    line.timer = setTimeout(() => this.fail(line), OPENING_LIMIT_MS);
    socket.onopen = () => {
      line.hasOpened = true;
      clearTimeout(line.timer);
    };
    socket.onmessage = (event) => this.hear(line, event.data);
    socket.onclose = (event) => this.closed(line, event.code);
    return line;
  }

  hear(line, data) {
    if (line === this.successor) this.promote();
    if (!line.hasSpoken) this.wiring.onLine?.();
    line.hasSpoken = true;
    this.lastHeardAt = performance.now();
    if (!this.isOpen) {
      this.isOpen = true;
      this.brokenSince = null;
      this.failures = 0;
    }
    try {
      this.wiring.onMessage(JSON.parse(data));
    } catch (error) {
      console.error("a message was not taken:", error);
      this.faults = performance.now() - line.openedAt > QUIET_AFTER_MS ? 1 : this.faults + 1;
      this.fail(line);
      return;
    }
    this.wiring.onChange();
  }

  promote() {
    this.abandon(this.current);
    this.current = this.successor;
    this.successor = null;
  }

  closed(line, code) {
    const ending = line === this.current ? this.wiring.endings.get(code) : undefined;
    if (ending) this.end(ending);
    else this.fail(line);
  }

  fail(line) {
    this.abandon(line);
    if (line === this.successor) {
      this.successor = null;
      return;
    }
    if (line !== this.current) return;
    this.lose();
    if (line.hasOpened) this.retryLater();
    else this.askWhy();
  }

  async askWhy() {
    this.retryLater();
    const ending = await this.wiring.diagnose();
    if (ending && this.isRunning && !this.isOpen) this.end(ending);
  }

  retryLater() {
    const delay = retryDelay(Math.max(this.failures, this.faults));
    this.failures += 1;
    clearTimeout(this.retryTimer);
    this.retryAt = performance.now() + delay;
    this.retryTimer = setTimeout(() => this.connect(), delay);
    this.wiring.onChange();
  }

  lose() {
    this.abandon(this.current);
    this.abandon(this.successor);
    this.current = this.successor = null;
    this.brokenSince ??= performance.now();
    this.isOpen = false;
  }

  end(ending) {
    this.stop();
    this.brokenSince ??= performance.now();
    this.wiring.onEnd(ending);
  }

  /** A half-open connection tells nothing: silence is the only sign, and closing it may take minutes. */
  checkSilence(limit) {
    if (this.isOpen && performance.now() - this.lastHeardAt > limit) this.reconnect();
  }

  abandon(line) {
    if (!line) return;
    clearTimeout(line.timer);
    line.socket.onopen = line.socket.onmessage = line.socket.onclose = null;
    line.socket.close();
  }
}

/** The page's own server as a WebSocket address. */
export function socketUrl(path, parameters = {}) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/**
 * Keeps a page from going back. What it shows comes by several ways, and an answer may be slower than a message sent
 * after it; each carries the revision of the branch at which it was read, and an older one is not shown.
 */
export class Newest {
  constructor() {
    this.startOver();
  }

  /** A new line begins: the database may have been put back meanwhile, and then lower revisions are the truth. */
  startOver() {
    this.shown = null;
    this.onLine = null;
  }

  /** @param {{revision?: number}} state  an answer or a message @returns {boolean} whether to show it */
  takes({ revision }) {
    if (!Number.isFinite(revision)) return true; // nothing to compare
    if (this.shown !== null && revision < this.shown) return false;
    this.shown = revision;
    return true;
  }

  /** @param {{revision?: number}} message  of the line @returns {boolean} whether the line itself went back, which only a new one can settle */
  goesBack({ revision }) {
    if (!Number.isFinite(revision)) return false;
    if (this.onLine !== null && revision < this.onLine) return true;
    this.onLine = revision;
    return false;
  }
}
