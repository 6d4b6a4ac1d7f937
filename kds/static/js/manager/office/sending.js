/** What is sent one after another, so that nothing overtakes what was pressed before it. */

export class Sending {
  constructor() {
    this.last = Promise.resolve();
    this.isOver = false;
  }

  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} ends as the act does; never, once it has been stopped */
  run(act) {
    const turn = this.last.then(() => (this.isOver ? new Promise(() => {}) : act()));
    // whoever asked hears of a refusal; the next one is sent all the same
    this.last = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** For good: what waits is dropped, for another login or branch may be here by then. */
  stop() {
    this.isOver = true;
  }
}
