/**
 * Tears a ticket that does not fit into parts, each with its head repeated. Pure arithmetic on measured heights.
 *
 * It is cut between dishes, and inside one only where no dish fits whole and its words stand in rows of their own; then
 * the next part begins with the dish's name in parentheses. Every part names a dish, and none ends with a heading.
 */

/**
 * @typedef {{px: number, kind: "dish" | "more" | "heading" | "line"}} MeasuredRow
 *   "more" goes on with the dish above it; "line" is a note, a served round, what is done
 * @typedef {{
 *   key: string, firstPx: number, nextPx: number, tornPx: number, refPx: number, rows: MeasuredRow[], isWhole: boolean, isHole?: boolean
 * }} Block  a measured ticket. `firstPx`: header, tags, allergy; `nextPx`: teeth, header and allergy of a part that goes on;
 *   `tornPx`: what the head of each part is higher by;
 *   `refPx`: the line that names the dish it belongs to; `isWhole`: not torn where a lane can hold it; `isHole`: it was bumped
 * @typedef {{key: string, from: number, to: number, part: number, parts: number, heightPx: number, goesOn?: "lane" | "page" | "cell" | "key", nextKey?: string}} Piece
 *   rows `from` to `to` (not included); `goesOn`: where, `nextKey`: on which
 */

const isOfDish = (row) => row.kind === "dish" || row.kind === "more";

/** Whether a part has to name its dish in a line of its own: it begins inside one, or holds nothing but notes. */
export function namesDish(rows, from, to) {
  const isPart = from > 0 || to < rows.length;
  return rows[from]?.kind === "more" || (isPart && !rows.slice(from, to).some(isOfDish));
}

/** How high rows `from` to `to` stand. @param {Block} block @param {number} stripPx of the strip under a part that is not the last */
export function partPx({ firstPx, nextPx, tornPx, refPx, rows }, from, to, stripPx) {
  const headPx = (from === 0 ? firstPx : nextPx) + (from > 0 || to < rows.length ? tornPx : 0);
  const namePx = namesDish(rows, from, to) ? refPx : 0;
  const rowsPx = rows.slice(from, to).reduce((sum, row) => sum + row.px, 0);
  return headPx + namePx + rowsPx + (to < rows.length ? stripPx : 0);
}

/** How high the rest of a ticket stands, from row `from` on. @param {Block} block */
export const restPx = (block, from = 0) => partPx(block, from, block.rows.length, 0);

/**
 * Where to cut so that the part fits: the last place that leaves a whole dish above and a dish below.
 * @param {Block} block  @param {number} from the first row of this part
 * @param {{roomPx: number, stripPx: number, isForced: boolean}} room  `isForced`: more room than this there is not, so it is cut at all
 * @returns {number | null} the first row of the next part; null: not here
 */
export function cutOf(block, from, { roomPx, stripPx, isForced }) {
  const fitting = [];
  for (let to = from + 1; to < block.rows.length; to += 1) {
    if (partPx(block, from, to, stripPx) <= roomPx) fitting.push(to);
  }
  const between = fitting.filter((to) => isCut(block.rows, from, to) && block.rows[to].kind !== "more");
  if (between.length > 0) return between.at(-1);
  if (!isForced) return null;
  const inside = fitting.filter((to) => isCut(block.rows, from, to));
  const anywhere = fitting.filter((to) => block.rows[to - 1].kind !== "heading");
  return inside.at(-1) ?? anywhere.at(-1) ?? firstCut(block.rows, from);
}

/** Not even a row fits: it is taken all the same, with the heading above it, or a ticket would never end. */
function firstCut(rows, from) {
  let to = from + 1;
  while (to < rows.length && rows[to - 1].kind === "heading") to += 1;
  return to < rows.length ? to : null;
}

function isCut(rows, from, to) {
  return rows[to - 1].kind !== "heading" && rows.slice(from, to).some(isOfDish) && rows.slice(to).some(isOfDish);
}

/** A ticket in parts that each fit `heightPx`, one after the other. @param {Block} block @returns {Piece[]} */
export function tear(block, heightPx, stripPx) {
  const pieces = [];
  let from = 0;
  while (restPx(block, from) > heightPx) {
    const to = cutOf(block, from, { roomPx: heightPx, stripPx, isForced: true });
    if (to === null) break;
    pieces.push(pieceOf(block, from, to, stripPx));
    from = to;
  }
  return numbered([...pieces, pieceOf(block, from, block.rows.length, stripPx)]);
}

/** @returns {Piece} which part of how many it is, `numbered` tells */
export function pieceOf(block, from, to, stripPx) {
  return { key: block.key, from, to, part: 1, parts: 1, heightPx: partPx(block, from, to, stripPx) };
}

/** @param {Piece[]} pieces of any tickets, in their order @returns {Piece[]} the same objects, numbered */
export function numbered(pieces) {
  const ofKey = new Map();
  for (const piece of pieces) ofKey.set(piece.key, [...(ofKey.get(piece.key) ?? []), piece]);
  for (const parts of ofKey.values()) parts.forEach((piece, index) => Object.assign(piece, { part: index + 1, parts: parts.length }));
  return pieces;
}
