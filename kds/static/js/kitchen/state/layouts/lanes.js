/**
 * Packs tickets of natural height into lanes and pages, strictly in order. Pure arithmetic.
 *
 * Down a lane, then the next; no gap is ever filled out of order. What does not fit the rest of a lane is torn there
 * (tear.js) or starts the next one. The last lane never tears: its foot counts what follows, and the next page begins with
 * a whole ticket. Only a ticket that no page can hold goes on over the page.
 */

import { cutOf, numbered, pieceOf, restPx } from "./tear.js";

/**
 * @typedef {import("./tear.js").Block} Block
 * @typedef {import("./tear.js").Piece} Piece
 * @typedef {{lanes: number, heightPx: number, gapPx: number, footPx: number, stripPx: number}} Room
 *   `footPx`: the box under the last lane that counts what follows
 * @typedef {{lanes: Piece[][], more: number}} LanesPage  `more`: tickets that begin after this page
 */

/** @param {Block[]} blocks in the order they are to stand @param {Room} room @returns {LanesPage[]} at least one, maybe empty */
export function pagesOfLanes(blocks, room) {
  const pages = [];
  let at = { index: 0, from: 0 };
  do {
    const page = fillPage(blocks, at, room);
    at = page.next;
    const begin = at.from > 0 ? at.index + 1 : at.index;
    pages.push({ lanes: page.lanes, more: blocks.slice(begin).filter((block) => !block.isHole).length });
  } while (at.index < blocks.length);
  numbered(pages.flatMap((page) => page.lanes.flat()));
  for (const page of pages) nameNext(page.lanes);
  return pages;
}

/** Room for the foot is kept only when something follows. */
function fillPage(blocks, start, room) {
  const page = fill(blocks, start, room, room.heightPx);
  return page.next.index === blocks.length ? page : fill(blocks, start, room, room.heightPx - room.footPx - room.gapPx);
}

function fill(blocks, start, room, lastPx) {
  const heights = Array.from({ length: room.lanes }, (_, lane) => (lane === room.lanes - 1 ? lastPx : room.heightPx));
  const lanes = heights.map(() => []);
  let [at, lane, usedPx] = [start, 0, 0];
  while (at.index < blocks.length) {
    const block = blocks[at.index];
    const spot = { heights, gapPx: room.gapPx, stripPx: room.stripPx };
    const placed =
      placeFrom(block, at.from, { ...spot, lane, usedPx }) ??
      (usedPx > 0 && lane + 1 < room.lanes ? placeFrom(block, at.from, { ...spot, lane: lane + 1, usedPx: 0 }) : null) ??
      (lanes.flat().length === 0 ? placeOver(block, at.from, spot) : null);
    if (placed === null) return { lanes, next: at };
    for (const { lane: into, piece } of placed.pieces) lanes[into].push(piece);
    ({ lane, usedPx } = placed);
    if (placed.rest !== null) return { lanes, next: { index: at.index, from: placed.rest } };
    at = { index: at.index + 1, from: 0 };
  }
  return { lanes, next: at };
}

/** A ticket, or the rest of one, from this spot on; null when it does not end within the page. */
function placeFrom(block, start, { heights, gapPx, stripPx, lane: first, usedPx }) {
  const pieces = [];
  const isTornHere = !block.isWhole || restPx(block, start) > Math.max(...heights);
  let from = start;
  for (let lane = first; lane < heights.length; lane += 1) {
    const abovePx = lane === first && usedPx > 0 ? usedPx + gapPx : 0;
    const roomPx = heights[lane] - abovePx;
    const piece = pieceOf(block, from, block.rows.length, stripPx);
    if (piece.heightPx <= roomPx) return { pieces: [...pieces, { lane, piece }], lane, usedPx: abovePx + piece.heightPx, rest: null };
    if (lane === heights.length - 1 || !isTornHere) return null;
    const to = cutOf(block, from, { roomPx, stripPx, isForced: abovePx === 0 });
    if (to === null) return null;
    pieces.push({ lane, piece: pieceOf(block, from, to, stripPx) });
    from = to;
  }
  return null;
}

/** A ticket that an empty page cannot hold: it fills all lanes and goes on over the page. */
function placeOver(block, start, { heights, stripPx }) {
  const pieces = [];
  let from = start;
  for (const [lane, roomPx] of heights.entries()) {
    const to = cutOf(block, from, { roomPx, stripPx, isForced: true }) ?? block.rows.length;
    pieces.push({ lane, piece: pieceOf(block, from, to, stripPx) });
    from = to;
    if (from === block.rows.length) return { pieces, lane, usedPx: roomPx, rest: null };
  }
  return { pieces, lane: heights.length - 1, usedPx: heights.at(-1), rest: from };
}

function nameNext(lanes) {
  const isOnPage = new Set(lanes.flat().map((piece) => `${piece.key}/${piece.part}`));
  for (const piece of lanes.flat()) {
    if (piece.part === piece.parts) continue;
    piece.goesOn = isOnPage.has(`${piece.key}/${piece.part + 1}`) ? "lane" : "page";
  }
}
