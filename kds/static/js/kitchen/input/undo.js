/** Undo: how each press of the last 30 s is taken back, the newest first. */

const UNDO_MS = 30_000;

/** @typedef {{words: string, takeBack: () => void, until: number}} Press */

export class Undo {
  constructor() {
    /** @type {Press[]} the newest last */
    this.presses = [];
  }

  /** @param {string} words what is taken back, after "Undo" @param {() => void} takeBack @returns {Press} */
  remember(words, takeBack) {
    const press = { words, takeBack, until: performance.now() + UNDO_MS };
    this.presses.push(press);
    return press;
  }

  /** It was not done after all. @param {Press} press */
  forget(press) {
    this.presses = this.presses.filter((each) => each !== press);
  }

  /** What would be taken back now; null when nothing was pressed for a while. @returns {Press | null} */
  newest() {
    const now = performance.now();
    this.presses = this.presses.filter((press) => press.until > now);
    return this.presses.at(-1) ?? null;
  }

  /** Takes the newest press back; again, the one before it. @returns {boolean} whether there was one */
  takeBack() {
    const press = this.newest();
    if (press === null) return false;
    this.presses.pop();
    press.takeBack();
    return true;
  }
}
