/** Keeps the screen from sleeping while the board is shown; asked for again whenever it becomes visible. */

export class WakeLock {
  constructor() {
    this.lock = null;
    this.onShown = () => this.ask();
  }

  start() {
    document.addEventListener("visibilitychange", this.onShown);
    this.ask();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.onShown);
    this.lock?.release().catch(() => {});
    this.lock = null;
  }

  get isHeld() {
    return this.lock !== null && !this.lock.released;
  }

  /** A device may refuse, with a low battery for one: then its own settings must keep the screen on. */
  async ask() {
    if (!navigator.wakeLock || document.visibilityState !== "visible" || this.isHeld) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      this.lock = null;
    }
  }
}
