/**
 * Keeps a section true to what others change: there is no live channel for it, so it is read again at an interval while
 * somebody looks, and at once when the page comes back into view or the network does. Answers overtake one another on a
 * slow network: only the newest reading is to be shown, so that no older one takes back what was seen, or done, since.
 */

export const READ_EVERY_MS = 20_000;

export class Follow {
  /** @param {(isNewest: () => boolean) => Promise<void>} read shows what it has read, or that it could not, if `isNewest()` then */
  constructor(read) {
    this.read = read;
    this.asked = 0;
    this.timer = 0;
    this.isRunning = false;
    this.onBack = () => document.visibilityState === "visible" && this.now();
  }

  start() {
    this.isRunning = true;
    for (const [target, name] of this.occasions()) target.addEventListener(name, this.onBack);
    this.now();
  }

  /** For good: a change that ends later reads nothing any more. */
  stop() {
    this.isRunning = false;
    for (const [target, name] of this.occasions()) target.removeEventListener(name, this.onBack);
    clearInterval(this.timer);
  }

  /** @returns {Promise<void>} when it has been read, or could not be; at once where nobody looks any more */
  async now() {
    if (!this.isRunning) return;
    clearInterval(this.timer);
    this.timer = setInterval(this.onBack, READ_EVERY_MS);
    this.asked += 1;
    const { asked } = this;
    await this.read(() => this.isRunning && asked === this.asked);
  }

  occasions() {
    return [
      [document, "visibilitychange"],
      [window, "focus"],
      [window, "online"],
    ];
  }
}
