/**
 * Done dishes fold into one dim line at the foot of their ticket. Not at once: what was just pressed stays where it is for a
 * moment, so that the next dish does not move under the finger. Pure but for the time it is given.
 */

import { say } from "../../../common/text/words.js";
import { HOLE_MS } from "./holes.js";

/** @typedef {import("../ticket/ticket-view.js").TicketView} TicketView */

export class FoldedDishes {
  constructor() {
    this.openSince = new Map();
    this.folded = new Map();
  }

  /**
   * @param {TicketView[]} views  @param {{now: number, letters: number, openKey: string | null}} around
   *   `now`: ms, monotonic; `letters`: how many stand on a line; `openKey`: the ticket that shows its done dishes all the same
   * @returns {TicketView[]} the same view as before while it shows the same
   */
  of(views, { now, letters, openKey }) {
    const openSince = new Map();
    const folded = new Map();
    const shown = views.map((view) => {
      const done = this.dishesToFold(view, now, openSince);
      const isOpen = view.key === openKey || done.size === 0;
      const mark = isOpen ? "" : `${letters}/${[...done].join()}`;
      const before = this.folded.get(view.key);
      const picture = isOpen ? view : before?.view === view && before.mark === mark ? before.picture : withFolded(view, done, letters);
      folded.set(view.key, { view, mark, picture });
      return picture;
    });
    this.openSince = openSince;
    this.folded = folded;
    return shown;
  }

  /** A dish folds when it has been done for a while, or was done when the ticket came. */
  dishesToFold(view, now, openSince) {
    const fold = new Set();
    if (view.column !== "SENT" || view.isVoid) return fold;
    for (const row of view.rows) {
      if (row.kind !== "item" || row.isVoid || row.change) continue;
      if (!row.isDone) openSince.set(row.itemId, Infinity);
      else {
        const since = Math.min(this.openSince.get(row.itemId) ?? -Infinity, now);
        if (now - since >= HOLE_MS) fold.add(row.itemId);
        else openSince.set(row.itemId, since);
      }
    }
    return fold;
  }
}

/** What a heading stands over: without that it goes. */
const HEADS = { addon: new Set(["item", "course"]), course: new Set(["item"]) };

function withFolded(view, done, letters) {
  const isFolded = (row) => (row.kind === "item" || row.kind === "more") && done.has(row.itemId);
  const dishes = view.rows.filter((row) => row.kind === "item" && done.has(row.itemId));
  const rows = view.rows.filter((row) => !isFolded(row));
  const isOfRound = (row, index) => !HEADS[row.kind] || HEADS[row.kind].has(rows[index + 1]?.kind);
  return { ...view, rows: [...rows.filter(isOfRound), doneRow(dishes, letters)] };
}

/** As many dishes by name as fit a line, the others counted; one at least. */
function doneRow(dishes, letters) {
  const texts = dishes.map(({ itemId, quantity, name }) => ({ itemId, text: `${quantity} ${name}` }));
  let count = 0;
  let used = 0;
  for (const { text } of texts) {
    used += text.length + 2;
    const isLast = count === texts.length - 1;
    if (count > 0 && used + (isLast ? 0 : say("ticket.left", { count: 9 }).length + 2) > letters) break;
    count += 1;
  }
  return { kind: "done", key: "done", dishes: texts.slice(0, count), left: texts.length - count };
}
