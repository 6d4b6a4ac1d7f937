/** How large things stand on the board: three densities, and a scale for walls. Pure; sizes in px at 100 %. */

/** `item`, `extra`, `note`: font size and line height; `lane`: the narrowest; `band`: of an allergy; `rail`: least and most; the rest are heights or widths. */
export const DENSITIES = {
  comfortable: {
    item: [27, 33], extra: [21, 26], note: [22, 28], number: 30, place: 25, word: 18, station: 19, head: 58, key: 36,
    pad: 7, row: 48, band: 40, gap: 12, lane: 330, strip: 32, bar: 64, lowBar: 64, target: 56, seen: 56, quantity: 40,
    rail: [290, 290], railRow: 56, doneRow: 44,
  },
  standard: {
    item: [20, 25], extra: [17, 20], note: [18, 23], number: 23, place: 19, word: 15, station: 15, head: 41, key: 27,
    pad: 3, row: 32, band: 28, gap: 8, lane: 258, strip: 21, bar: 52, lowBar: 48, target: 44, seen: 40, quantity: 29,
    rail: [172, 208], railRow: 44, doneRow: 34,
  },
  compact: {
    item: [18, 22], extra: [15, 19], note: [16, 20], number: 20, place: 17, word: 14, station: 15, head: 38, key: 24,
    pad: 2, row: 27, band: 26, gap: 6, lane: 226, strip: 21, bar: 52, lowBar: 48, target: 40, seen: 40, quantity: 26,
    rail: [172, 208], railRow: 40, doneRow: 32,
  },
};

export const DENSITY_NAMES = Object.keys(DENSITIES);
/** Of a step of the size, in a row; 1 is what fits the screen. */
export const SCALES = [0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3];

/** A wall shows no more orders than this in larger letters. */
const WALL = { width: 2048, height: 1152 };
const LEAST_FONT_PX = 14;
/** What a finger aims at is never smaller than at 100 %: fingers do not shrink with the letters. */
const TOUCHED = ["head", "target", "seen", "railRow"];
const LOW_PX = 800;
const TEETH = 7;
const EDGE = 10;
const FOOT = 40;

/**
 * @typedef {{[name: string]: number}} Sizes  px on this screen: every name of a density with `item` and its line `itemLine`
 *   apart, and `unit`, `edge`, `teeth`, `foot`, `bar`
 */

/** How much larger than at 100 % everything stands. @param {{widthPx: number, heightPx: number}} screen @param {number} chosen of SCALES */
export function scaleOf({ widthPx, heightPx }, chosen) {
  return Math.max(1, Math.min(widthPx / WALL.width, heightPx / WALL.height)) * chosen;
}

/** @param {keyof typeof DENSITIES} density @param {number} scale @param {{widthPx: number, heightPx: number}} screen @returns {Sizes} */
export function sizesOf(density, scale, { widthPx, heightPx }) {
  const of = DENSITIES[density] ?? DENSITIES.standard;
  const px = (value) => Math.round(value * scale * 2) / 2;
  const font = (value) => Math.max(LEAST_FONT_PX, px(value));
  const sizes = { unit: scale, edge: px(EDGE), teeth: px(TEETH) };
  for (const name of ["item", "extra", "note"]) {
    sizes[name] = font(of[name][0]);
    sizes[`${name}Line`] = Math.max(px(of[name][1]), Math.ceil(sizes[name] * 1.2));
  }
  const touched = (value) => Math.max(value, px(value));
  for (const name of ["number", "place", "word", "station"]) sizes[name] = font(of[name]);
  for (const name of ["key", "pad", "row", "band", "gap", "lane", "strip", "quantity", "doneRow"])
    sizes[name] = px(of[name]);
  for (const name of TOUCHED) sizes[name] = touched(of[name]);
  sizes.foot = touched(FOOT);
  sizes.bar = touched(heightPx / scale <= LOW_PX ? of.lowBar : of.bar);
  const share = Math.round(widthPx * 0.13);
  sizes.rail = Math.max(px(of.rail[0]), Math.min(px(of.rail[1]), share));
  return sizes;
}
