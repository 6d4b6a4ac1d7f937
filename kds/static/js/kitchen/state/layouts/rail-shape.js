/** How the rail is filled: the pass first, page by page, and of what was completed as much as is left. Pure arithmetic. */

/** At 100 %: the headings, the line that turns the page of the pass, a row's line of tags, gaps. */
const HEADING = 28;
const MORE = 26;
const TAGS = 22;
const GAP = 4;
const COMPLETED_MAX = 10;
const COMPLETED_LEAST = 3;
/** So many voids and changes of an order stand under its row; when one was seen, the next one follows. */
const VOIDS_MAX = 3;

/**
 * @typedef {{tags: string, voids: {itemId: string | null, text: string, isChange: boolean}[]}} PassRow
 *   `tags`: in a line of their own; `voids`: those and the changes that want to be seen, each with a button over the row's width;
 *   `itemId` null: the order itself
 * @typedef {import("./density.js").Sizes} Sizes
 */

/** @param {import("../ticket/ticket-view.js").TicketView} view @param {string} tags in words @returns {PassRow} */
export function passRow(view, tags) {
  const rows = view.rows.filter((row) => row.kind === "changed" || (row.kind === "item" && (row.isToSee || row.change)));
  const voids = rows.slice(0, VOIDS_MAX).map((row) => ({ itemId: row.itemId ?? null, text: textOf(row), isChange: Boolean(row.change) }));
  return { tags, voids };
}

function textOf({ kind, quantity, name, change }) {
  if (kind === "changed") return change.words;
  return change ? `${quantity} ${name}: ${change.words}` : `${quantity} ${name}`;
}

/** @param {PassRow} row @param {Sizes} sizes */
function passRowPx({ tags, voids }, sizes) {
  return sizes.railRow + GAP * sizes.unit + (tags ? TAGS * sizes.unit : 0) + voids.length * sizes.seen;
}

/**
 * @param {{heightPx: number, ready: PassRow[], completed: number}} wanted  @param {Sizes} sizes
 * @returns {{pages: {from: number, to: number}[], completed: number[]}} `completed`: how many rows are shown, page by page of the pass
 */
export function railShape({ heightPx, ready, completed }, sizes) {
  const u = sizes.unit;
  const insidePx = heightPx - 2 * HEADING * u - sizes.target - 2 * sizes.gap;
  const heights = ready.map((row) => passRowPx(row, sizes));
  const forReadyPx = insidePx - Math.min(COMPLETED_LEAST, completed) * sizes.doneRow;
  const isOnePage = heights.reduce((sum, px) => sum + px, 0) <= forReadyPx;
  const turnPx = isOnePage ? 0 : MORE * u;
  const pages = [];
  const shown = [];
  let from = 0;
  do {
    let [to, usedPx] = [from, 0];
    while (to < ready.length && (usedPx + heights[to] <= forReadyPx - turnPx || to === from)) usedPx += heights[to++];
    const leftPx = insidePx - usedPx - turnPx;
    pages.push({ from, to });
    shown.push(Math.max(0, Math.min(COMPLETED_MAX, completed, Math.floor(leftPx / sizes.doneRow))));
    from = to;
  } while (from < ready.length);
  return { pages, completed: shown };
}

/**
 * Where each row stands, so that it is told when one has moved.
 * @param {{key: string, row: PassRow}[]} ready  @param {string[]} completed  @param {Sizes} sizes  @returns {Map<string, string>}
 */
export function railPlaces(ready, completed, sizes) {
  const places = new Map();
  let topPx = 0;
  for (const { key, row } of ready) {
    places.set(`beside ${key}`, `pass ${Math.round(topPx)}`);
    topPx += passRowPx(row, sizes);
  }
  completed.forEach((key, index) => places.set(`beside ${key}`, `past ${Math.round(topPx + index * sizes.doneRow)}`));
  return places;
}
