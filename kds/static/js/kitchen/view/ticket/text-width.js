/** How wide a text will be, without laying it out: asked of a canvas, once for each text. */

const KEPT = 2_000;
/** A canvas knows no tabular digits and no spacing of its own: a little more than it says. */
const MARGIN = 1.005;

const known = new Map();
let context = null;
let family = "";

/** @param {string} text  @param {number} px of the font  @param {400 | 700} weight @returns {number} px */
export function textWidth(text, px, weight) {
  const alike = text.replace(/\d/g, "8");
  const name = `${weight}|${px}|${alike}`;
  if (!known.has(name)) {
    if (known.size > KEPT) known.clear();
    known.set(name, measured(alike, px, weight));
  }
  return known.get(name);
}

function measured(text, px, weight) {
  context ??= document.createElement("canvas").getContext("2d");
  if (!context) return text.length * px * 0.62;
  family ||= getComputedStyle(document.body).fontFamily;
  context.font = `condensed ${weight} ${px}px ${family}`;
  return context.measureText(text).width * MARGIN;
}
