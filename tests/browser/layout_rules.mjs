/** Ten thousand random boards through the arithmetic of the layouts: what every one of them has to keep. Run by Node alone. */

import { pagesOfLanes } from "../../kds/static/js/kitchen/state/layouts/lanes.js";
import { cellsOf } from "../../kds/static/js/kitchen/state/layouts/grid.js";
import { lanesIn } from "../../kds/static/js/kitchen/state/layouts/board-shape.js";
import { railShape } from "../../kds/static/js/kitchen/state/layouts/rail-shape.js";
import { DENSITY_NAMES, sizesOf } from "../../kds/static/js/kitchen/state/layouts/density.js";
import { namesDish, partPx } from "../../kds/static/js/kitchen/state/layouts/tear.js";

const BOARDS = Number(process.argv[2] ?? 10_000);
const STRIP = 28;

/** mulberry32 */
function chanceOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function blockOf(key, chance) {
  const whole = (max) => Math.floor(chance() * max);
  const rows = [];
  const line = () => ({ px: 23 + 23 * whole(4), kind: "line" });
  for (let notes = chance() < 0.2 ? 1 + whole(3) : 0; notes > 0; notes -= 1) rows.push(line());
  if (chance() < 0.1) rows.push({ px: 31, kind: "heading" });
  for (let dishes = chance() < 0.03 ? 40 : 1 + whole(6); dishes > 0; dishes -= 1) {
    rows.push({ px: 32 + 21 * whole(5), kind: "dish" });
    if (chance() < 0.15) for (let more = 3 + whole(3); more > 0; more -= 1) rows.push({ px: 21 + 20 * whole(2), kind: "more" });
  }
  if (chance() < 0.2) rows.push({ px: 31, kind: "line", isDone: true });
  const isHeld = chance() < 0.08;
  return { key, firstPx: 42 + 28 * whole(3), nextPx: 49 + 28 * whole(2), tornPx: chance() < 0.1 ? 40 : 0, refPx: 27, rows, isWhole: isHeld, isHole: chance() < 0.03, isOwn: chance() < 0.5 };
}

const fail = (seed, words) => {
  throw new Error(`board ${seed}: ${words}`);
};

function checkParts(seed, blocks, pieces, isOver) {
  const ofKey = new Map();
  for (const piece of pieces) ofKey.set(piece.key, [...(ofKey.get(piece.key) ?? []), piece]);
  const order = [...ofKey.keys()];
  if (order.join() !== blocks.map((block) => block.key).join()) fail(seed, "tickets out of order, lost or twice");
  for (const block of blocks) {
    const parts = ofKey.get(block.key);
    let from = 0;
    parts.forEach((part, index) => {
      if (part.from !== from || part.to <= part.from) fail(seed, `a row of ${block.key} is lost or twice`);
      from = part.to;
      if (part.part !== index + 1 || part.parts !== parts.length) fail(seed, `wrong number on a part of ${block.key}`);
      const rows = block.rows.slice(part.from, part.to);
      const hasDish = rows.some(({ kind }) => kind === "dish") || namesDish(block.rows, part.from, part.to);
      if (!hasDish && part.to < block.rows.length) fail(seed, `a part of ${block.key} without a dish`);
      if (!hasDish && parts.length > 1) fail(seed, `the last part of ${block.key} without a dish`);
      if (rows[0].kind === "more" && !namesDish(block.rows, part.from, part.to)) fail(seed, "a modifier without its dish's name");
      if (part.to < block.rows.length && rows.at(-1).kind === "heading") fail(seed, "a heading last in a part");
    });
    if (from !== block.rows.length) fail(seed, `rows of ${block.key} are lost`);
    if (block.isWhole && parts.length > 1 && !isOver(partPx(block, 0, block.rows.length, 0))) fail(seed, "a held ticket is torn");
  }
}

/** With the headings above it, for a heading never stands last in a part. */
const isOneRow = (rows, { from, to }) => rows.slice(from, to - 1).every(({ kind }) => kind === "heading");

function checkLanes(seed, blocks, room) {
  const pages = pagesOfLanes(blocks, room);
  checkParts(seed, blocks, pages.flatMap((page) => page.lanes.flat()), (px) => px > room.heightPx - room.footPx - room.gapPx);
  const seen = new Set();
  pages.forEach((page, number) => {
    const isLastPage = number === pages.length - 1;
    page.lanes.forEach((pieces, lane) => {
      const usedPx = pieces.reduce((sum, piece) => sum + piece.heightPx, 0) + Math.max(0, pieces.length - 1) * room.gapPx;
      const isLast = lane === room.lanes - 1;
      const limitPx = isLast && !isLastPage ? room.heightPx - room.footPx - room.gapPx : room.heightPx;
      const isUnsplittable = pieces.length === 1 && isOneRow(blocks.find(({ key }) => key === pieces[0].key).rows, pieces[0]);
      if (usedPx > limitPx + 1e-6 && !isUnsplittable) fail(seed, `lane ${lane} of page ${number + 1} overflows by ${usedPx - limitPx}`);
      if (isLast && pieces.some((piece) => piece.part < piece.parts) && page.lanes.flat().some((piece) => piece.key !== pieces[0].key))
        fail(seed, "the last lane tears a ticket that an empty page might hold");
    });
    for (const { key } of page.lanes.flat()) seen.add(key);
    const left = blocks.filter((block) => !block.isHole && !seen.has(block.key)).length;
    if (page.more !== left) fail(seed, `page ${number + 1} counts ${page.more} more, there are ${left}`);
  });
  const torn = pages.flatMap((page) => page.lanes.flat()).filter((piece) => piece.part < piece.parts);
  if (torn.some((piece) => !["lane", "page"].includes(piece.goesOn))) fail(seed, "a strip that does not say where");
}

function checkRail(seed, chance, sizes, heightPx) {
  const ready = Array.from({ length: Math.floor(chance() * 40) }, () => ({
    tags: chance() < 0.2 ? "RECALLED" : "",
    voids: Array.from({ length: chance() < 0.1 ? 2 : 0 }, (_, index) => ({ itemId: `${index}`, text: "1 Naan" })),
  }));
  const completed = Math.floor(chance() * 20);
  const { pages, completed: shown } = railShape({ heightPx, ready, completed }, sizes);
  let from = 0;
  for (const page of pages) {
    if (page.from !== from) fail(seed, "an order on the pass is lost");
    from = page.to;
  }
  if (from !== ready.length || shown.some((count) => count > 10 || count > completed)) fail(seed, "the rail counts wrongly");
}

let torn = 0;
for (let seed = 1; seed <= BOARDS; seed += 1) {
  const chance = chanceOf(seed);
  const blocks = Array.from({ length: Math.floor(chance() * 40) }, (_, index) => blockOf(`t${index}`, chance));
  const room = { lanes: 1 + Math.floor(chance() * 6), heightPx: 330 + Math.floor(chance() * 900), gapPx: 8, footPx: 40, stripPx: STRIP };
  checkLanes(seed, blocks, room);
  const cells = cellsOf(blocks, { cellPx: room.heightPx, stripPx: STRIP, perPage: 10 });
  const fitted = blocks.map((block) => (block.rows.at(-1).isDone && !cells.some((piece) => piece.key === block.key && piece.to === block.rows.length) ? { ...block, rows: block.rows.slice(0, -1) } : block));
  checkParts(seed, fitted, cells, (px) => px > room.heightPx);
  torn += cells.filter((piece) => piece.parts > 1).length;
  const density = DENSITY_NAMES[seed % DENSITY_NAMES.length];
  const screen = { widthPx: 600 + Math.floor(chance() * 3300), heightPx: 520 + Math.floor(chance() * 1700) };
  const sizes = sizesOf(density, 1 + chance(), screen);
  checkRail(seed, chance, sizes, screen.heightPx - 2 * sizes.bar);
  const { lanes, lanePx } = lanesIn(screen.widthPx, sizes, { hasRail: true });
  if (lanes > 1 && lanePx < sizes.lane - 1) fail(seed, `lanes of ${lanePx} px`);
}
console.log(JSON.stringify({ boards: BOARDS, torn }));
