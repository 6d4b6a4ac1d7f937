/** What is sent one after another, so that nothing overtakes what was pressed before it. */

export class Sending {
  /** @param {import("./office-api.js").OfficeApi} api of one login: when that is over, what waits is dropped */
  constructor(api) {
    this.api = api;
    this.last = Promise.resolve();
    this.isGivenUp = false;
  }

  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} ends as the act does; never, when it was dropped */
  run(act) {
    const turn = this.last.then(() => (this.isGivenUp || this.api.isOver ? new Promise(() => {}) : act()));
    // whoever asked hears of a refusal; the next one is sent all the same
    this.last = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** For good: what waits is wanted no more. */
  giveUp() {
    this.isGivenUp = true;
  }
}
