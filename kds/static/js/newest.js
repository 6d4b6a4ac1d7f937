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
