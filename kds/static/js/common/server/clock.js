/**
 * Tells the server's time whatever the device's clock says.
 *
 * A message's `serverTime` is anchored to `performance.now()`, which no clock jump moves. A message that was
 * late on the way makes the server look slow, so the least delayed of the last few wins. A device that slept
 * may have stopped counting: then the newest message shows more time than any before it, and wins at once.
 */

const SAMPLES = 6;

export class ServerClock {
  /** @param {() => number} monotonic milliseconds that only grow */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.offsets = [];
    this.guessed = null;
  }

  /** What the time probably is, until the server tells it. @param {number} milliseconds since 1970 */
  guess(milliseconds) {
    this.guessed = milliseconds - this.monotonic();
  }

  /** True once the server has told its time. */
  get isSet() {
    return this.offsets.length > 0;
  }

  /** @param {string} serverTime ISO 8601 */
  hear(serverTime) {
    const milliseconds = Date.parse(serverTime);
    if (Number.isNaN(milliseconds)) return;
    this.offsets.push(milliseconds - this.monotonic());
    if (this.offsets.length > SAMPLES) this.offsets.shift();
  }

  /** Milliseconds since 1970 at the server; a guess or 0 before it told. */
  now() {
    if (this.isSet) return this.monotonic() + Math.max(...this.offsets);
    return this.guessed === null ? 0 : this.monotonic() + this.guessed;
  }
}
