/** Tells when nobody has touched the board for a while: then it shows its first page again, where the oldest orders stand. */

const IDLE_MS = 60_000;
const TOUCHES = ["pointerdown", "keydown", "wheel"];

export class Idle {
  /** @param {() => void} onIdle  @param {() => number} now ms */
  constructor(onIdle, now = () => performance.now()) {
    this.onIdle = onIdle;
    this.now = now;
    this.touched = () => {
      this.touchedAt = this.now();
    };
  }

  start() {
    this.touched();
    for (const name of TOUCHES) addEventListener(name, this.touched, { capture: true, passive: true });
  }

  stop() {
    for (const name of TOUCHES) removeEventListener(name, this.touched, { capture: true });
  }

  /** Called every second. */
  tick() {
    if (this.now() - this.touchedAt >= IDLE_MS) this.onIdle();
  }
}
