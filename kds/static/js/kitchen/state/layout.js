/**
 * Lays tickets into lanes and pages, so that none is ever cut by the screen. Pure arithmetic.
 *
 * Tickets go down a lane, then into the next; a later one may fill a gap that an earlier one left. One that
 * is taller than a lane is torn between rows into parts, each with the head repeated. What does not fit the
 * page is counted.
 */

/**
 * @typedef {{key: string, headPx: number, rowsPx: number[]}} Block  measured: head (header, tags, allergy) and rows
 * @typedef {{key: string, from: number, to: number, part: number, parts: number, heightPx: number, goesOn?: string}} Piece  `goesOn`: where, in words
 * @typedef {{lanes: Piece[][], more: number, moreLane: number}[]} Pages
 *   `more`: tickets that begin after this page, counted in a box under lane `moreLane`
 */

const WIDE_PX = 1100;
const ROOMY_PX = 1600;
const TABLET_PX = 700;
const GAP_PX = 10;
const EDGE_PX = 12;

/** How a board of this width is divided. `tabs`: a phone shows one column at a time. Larger type, fewer lanes. */
export function geometry(widthPx, zoom = 1) {
  if (widthPx < TABLET_PX) {
    return {
      mode: "tabs",
      sentLanes: 1,
      lanePx: widthPx - 2 * EDGE_PX,
      readyPx: widthPx - 2 * EDGE_PX,
      completedPx: widthPx - 2 * EDGE_PX,
    };
  }
  if (widthPx < WIDE_PX) {
    const lanes = Math.max(2, Math.floor((widthPx - 2 * EDGE_PX + GAP_PX) / (240 * zoom + GAP_PX)));
    const lanePx = Math.floor((widthPx - 2 * EDGE_PX - (lanes - 1) * GAP_PX) / lanes);
    return { mode: "strip", sentLanes: lanes - 1, lanePx, readyPx: lanePx, completedPx: widthPx - 2 * EDGE_PX };
  }
  const isRoomy = widthPx >= ROOMY_PX;
  const [ready, completed, between, atLeast] = isRoomy ? [296, 274, 16, 300] : [258, 138, EDGE_PX, 262];
  const [readyPx, completedPx] = [ready, completed].map((px) => Math.round(px * Math.max(1, zoom)));
  const roomPx = widthPx - 2 * EDGE_PX - readyPx - completedPx - 2 * between;
  const sentLanes = Math.max(1, Math.floor((roomPx + GAP_PX) / (atLeast * zoom + GAP_PX)));
  return {
    mode: isRoomy ? "roomy" : "wide",
    sentLanes,
    lanePx: Math.floor((roomPx - (sentLanes - 1) * GAP_PX) / sentLanes),
    readyPx,
    completedPx,
  };
}

/**
 * @param {Block[]} blocks  in the order they are to stand
 * @param {{lanes: number, heightPx: number, gapPx?: number, morePx: number, tearPx: number}} room
 *   `morePx`: the box that counts what follows; `tearPx`: the line that says a ticket goes on
 * @returns {Pages} at least one page, maybe empty
 */
export function paginate(blocks, { lanes, heightPx, gapPx = GAP_PX, morePx, tearPx }) {
  const limitPx = lanes > 1 ? heightPx : heightPx - morePx - gapPx;
  const isAlone = blocks.length === 1 && totalOf(blocks[0]) <= heightPx;
  const pieces = blocks.flatMap((block) => tear(block, isAlone ? heightPx : limitPx, tearPx));
  const pages = [];
  let rest = pieces;
  do {
    const page = fillPage(rest, { lanes, heightPx, gapPx, morePx });
    rest = rest.slice(page.taken);
    const more = new Set(rest.filter((piece) => piece.part === 1).map((piece) => piece.key)).size;
    pages.push({ lanes: page.lanes, more, moreLane: page.moreLane });
  } while (rest.length > 0);
  return pages;
}

/** When not everything fits, the counting box takes the last lane with room for it, or room is kept for it. */
function fillPage(pieces, { lanes, heightPx, gapPx, morePx }) {
  const page = fillLanes(pieces, { heights: Array(lanes).fill(heightPx), gapPx });
  const boxPx = morePx + gapPx;
  const moreLane = page.usedPx.findLastIndex((px) => px + boxPx <= heightPx);
  if (page.taken === pieces.length || moreLane >= 0) return { ...page, moreLane: Math.max(0, moreLane) };
  const heights = Array(lanes).fill(heightPx);
  heights[lanes - 1] -= boxPx;
  return { ...fillLanes(pieces, { heights, gapPx }), moreLane: lanes - 1 };
}

/** Each piece goes into the first lane with room; the first that fits nowhere ends the page, so order holds. */
function fillLanes(pieces, { heights, gapPx }) {
  const lanes = heights.map(() => []);
  const usedPx = heights.map(() => 0);
  let taken = 0;
  let previousLane = 0;
  for (const piece of pieces) {
    const needed = (lane) => usedPx[lane] + (usedPx[lane] === 0 ? 0 : gapPx) + piece.heightPx;
    const from = piece.part > 1 && taken > 0 ? previousLane : 0;
    let lane = heights.findIndex((heightPx, index) => index >= from && needed(index) <= heightPx);
    if (lane < 0 && taken === 0) lane = 0;
    if (lane < 0) break;
    usedPx[lane] = needed(lane);
    lanes[lane].push(piece);
    previousLane = lane;
    taken += 1;
  }
  return { lanes, usedPx, taken };
}

function totalOf({ headPx, rowsPx }) {
  return headPx + rowsPx.reduce((sum, px) => sum + px, 0);
}

/** Splits a block that is too tall between its rows; a part always takes one row, or it would never end. */
export function tear({ key, headPx, rowsPx }, limitPx, tearPx) {
  const totalPx = totalOf({ headPx, rowsPx });
  if (totalPx <= limitPx) return [{ key, from: 0, to: rowsPx.length, part: 1, parts: 1, heightPx: totalPx }];
  const cuts = [];
  let from = 0;
  let usedPx = headPx;
  rowsPx.forEach((px, index) => {
    if (index > from && usedPx + px + tearPx > limitPx) {
      cuts.push({ from, to: index, heightPx: usedPx + tearPx });
      from = index;
      usedPx = headPx;
    }
    usedPx += px;
  });
  cuts.push({ from, to: rowsPx.length, heightPx: usedPx });
  return cuts.map((cut, index) => ({ key, ...cut, part: index + 1, parts: cuts.length }));
}
