/** From the tickets of a board to measured blocks in their order, with the places that bumped ones left; the same in every layout. */

import { say } from "../../../common/text/words.js";
import { HOLE_MS, Holes } from "../../state/layouts/holes.js";
import { FoldedDishes } from "../../state/layouts/folded.js";
import { TicketMeasure } from "../ticket/measure.js";
import { ageOf } from "./ticket-models.js";

/** Of the width of a lane, beside the words of the line of what is done; and how wide a letter is, in parts of its size. */
const DONE_BESIDE = 86;
const LETTER = 0.52;

/** @typedef {Map<string, {orderId: string, itemId: string, topPx: number}>} RowTops  by ticket and row; `topPx` in the whole ticket */

export class TicketShelf {
  /** @param {(act: any) => any} make  a silent ticket  @param {{folds: boolean}} how  `folds`: what is done goes into one line */
  constructor(make, { folds }) {
    this.measure = new TicketMeasure(make);
    this.folded = folds ? new FoldedDishes() : null;
    this.holes = new Holes();
    this.blocks = [];
    this.views = new Map();
    this.marks = new Map();
    /** @type {RowTops} */
    this.rowTops = new Map();
  }

  get node() {
    return this.measure.node;
  }

  forget() {
    this.measure.forget();
    this.holes.forget();
  }

  /**
   * @param {import("../../state/ticket/ticket-view.js").TicketView[]} views  in their order
   * @param {import("./board-view.js").BoardModel} model
   * @param {{widthPx: number, scene: string}} room  `scene`: when this changes, nobody has a finger on anything yet
   * @returns {import("../../state/layouts/holes.js").Placed[]}
   */
  place(views, model, { widthPx, scene }) {
    const { sizes, waiting, selected, isPicking, scope } = model;
    const now = performance.now();
    const letters = Math.floor((widthPx - DONE_BESIDE * sizes.unit) / (sizes.extra * LETTER));
    const openKey = isPicking ? selected : model.unfolded;
    const shown = this.folded?.of(views, { now, letters, openKey }) ?? views;
    const wanted = shown.map((view) => ({
      view,
      waiting: waiting.get(view.key) ?? 0,
      isPicking: isPicking && view.key === selected,
      ageLetters: ageOf(view, model.now).length,
      hasStations: this.folded !== null && model.isAll,
    }));
    const measured = this.measure.measure(wanted, { widthPx, sizes });
    this.views = new Map(shown.map((view) => [view.key, view]));
    this.marks = new Map(measured.map(({ block, marks }) => [block.key, marks]));
    const blocks = measured.map(({ block }) => block);
    this.rowTops = rowTopsOf(shown, blocks);
    return this.holes.keep(blocks, { now, scene: `${scene}/${scope}/${widthPx}`, isOwn: (key) => model.pressed.has(key) });
  }
}

function rowTopsOf(views, blocks) {
  const tops = new Map();
  views.forEach(({ key, rows }, index) => {
    let topPx = blocks[index].firstPx;
    rows.forEach((row, at) => {
      if (row.itemId) tops.set(`${key} ${row.key}`, { orderId: key, itemId: row.itemId, topPx });
      topPx += blocks[index].rows[at]?.px ?? 0;
    });
  });
  return tops;
}

/** The words in a place that a ticket left. @param {import("../../state/layouts/holes.js").Placed} hole */
export function holeWords(hole) {
  const seconds = Math.min(HOLE_MS / 1000, Math.floor((performance.now() - hole.bumpedAt) / 1000));
  return { name: hole.name, text: seconds < 1 ? say("ticket.bumped") : say("ticket.bumpedAgo", { seconds }) };
}
