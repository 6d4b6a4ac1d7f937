/** The grid: fixed cells like the rows of a bump bar, a page of at most ten; nothing moves under a finger. Pure. */

import { tear } from "./layout.js";

const CELLS_MAX = 10;
const CELL_PX = { width: 230, height: 230 };
const GAP_PX = 10;
const EDGE_PX = 12;
const TORN_EDGE_PX = 10;

/**
 * @param {{widthPx: number, heightPx: number, zoom: number}} room
 * @returns {{columns: number, rows: number, cellPx: {width: number, height: number}}}
 */
export function gridShape({ widthPx, heightPx, zoom }) {
  const fitting = (px, cellPx) => Math.max(1, Math.floor((px + GAP_PX) / (cellPx * zoom + GAP_PX)));
  const share = (px, count) => Math.floor((px - (count - 1) * GAP_PX) / count);
  const insidePx = widthPx - 2 * EDGE_PX;
  const columns = Math.min(5, fitting(insidePx, CELL_PX.width));
  const rows = Math.min(Math.floor(CELLS_MAX / columns), fitting(heightPx, CELL_PX.height));
  return { columns, rows, cellPx: { width: share(insidePx, columns), height: share(heightPx, rows) } };
}

/** Identifies a part of a ticket, so that it finds its cell again. */
export const idOf = (piece) => `${piece.key}/${piece.part}`;

/**
 * Gives every part of every ticket a cell. While a cook is at it (`isBusy`) each stays where it was: what left
 * leaves a hole, what comes back finds its own, what is new goes behind. Otherwise the holes are closed.
 *
 * @param {import("./layout.js").Block[]} blocks  in the order they are to stand
 * @param {{cellPx: number, tearPx: number, before: string[], isBusy: boolean}} room  `before`: the ids, cell by cell
 * @returns {(import("./layout.js").Piece | null)[]} one for each cell, null for a hole
 */
export function fillCells(blocks, { cellPx, tearPx, before, isBusy }) {
  const pieces = blocks.flatMap((block) => {
    const [whole] = tear(block, cellPx, tearPx);
    return whole.parts === 1 ? [whole] : tear(block, cellPx - TORN_EDGE_PX, tearPx);
  });
  if (!isBusy) return pieces;
  const byId = new Map(pieces.map((piece) => [idOf(piece), piece]));
  const kept = before.map((id) => byId.get(id) ?? null);
  const known = new Set(before);
  return [...kept, ...pieces.filter((piece) => !known.has(idOf(piece)))];
}

/**
 * @param {(import("./layout.js").Piece | null)[]} cells
 * @returns {{cells: (import("./layout.js").Piece | null)[], more: number}[]} pages; `more`: tickets that begin later
 */
export function pagesOf(cells, perPage) {
  const pages = [];
  for (let from = 0; from === 0 || from < cells.length; from += perPage) {
    const rest = cells.slice(from + perPage).filter((piece) => piece?.part === 1);
    pages.push({ cells: cells.slice(from, from + perPage), more: new Set(rest.map((piece) => piece.key)).size });
  }
  return pages;
}
