/** The grid: fixed cells; the digit of a key belongs to its cell. One order, one cell, and only one too long goes on in the next. Pure. */

import { restPx, tear } from "./tear.js";

/** Each cell holds a header and so many dishes of one line. */
const LINES = 8;
const COLUMNS_MAX = 6;

/**
 * @param {{widthPx: number, heightPx: number}} room
 * @param {import("./density.js").Sizes} sizes
 * @returns {{columns: number, rows: number, cellPx: {width: number, height: number}}}
 */
export function gridShape({ widthPx, heightPx }, sizes) {
  const leastPx = sizes.head + LINES * sizes.row;
  const fitting = (px, cellPx) => Math.max(1, Math.floor((px + sizes.gap) / (cellPx + sizes.gap)));
  const share = (px, count) => Math.floor((px - (count - 1) * sizes.gap) / count);
  const columns = Math.min(COLUMNS_MAX, fitting(widthPx, sizes.lane));
  const rows = fitting(heightPx, leastPx);
  return { columns, rows, cellPx: { width: share(widthPx, columns), height: share(heightPx, rows) } };
}

/** Identifies a part of a ticket, so that it finds its cell again. @param {import("./tear.js").Piece} piece */
export const idOf = (piece) => `${piece.key}/${piece.part}`;

/**
 * The cells of all pages, in order.
 * @param {import("./tear.js").Block[]} blocks  @param {{cellPx: number, stripPx: number, perPage: number}} room
 * @returns {import("./tear.js").Piece[]}
 */
export function cellsOf(blocks, { cellPx, stripPx, perPage }) {
  const cells = blocks.flatMap((block) => tear(fitted(block, cellPx), cellPx, stripPx));
  cells.forEach((piece, index) => {
    if (piece.part < piece.parts) piece.nextCell = (index + 1) % perPage;
  });
  return cells;
}

/** What is done goes before a ticket takes a second cell: the line stays out of the picture, and in the order's own sheet. */
function fitted(block, cellPx) {
  const last = block.rows.at(-1);
  return restPx(block) > cellPx && last?.isDone && block.rows.length > 1 ? { ...block, rows: block.rows.slice(0, -1) } : block;
}
