/** How large things stand on this screen: density and scale, put to work as variables of the style sheets. */

import { setAttribute } from "../../common/dom/dom.js";
import { modeOf } from "../state/layouts/board-shape.js";
import { scaleOf, sizesOf } from "../state/layouts/density.js";

/** Names of sizes that a style sheet calls otherwise. */
const FONTS = new Set(["item", "extra", "note", "number", "place", "word", "station"]);

export class BoardSizes {
  /** @param {import("../../common/device/settings.js").Settings} settings  @param {() => void} onChange everything has another size */
  constructor(settings, onChange) {
    this.settings = settings;
    this.onChange = onChange;
    this.shown = "";
    this.sizes = sizesOf("standard", 1, { widthPx: innerWidth, heightPx: innerHeight });
  }

  /** @param {HTMLElement} root of the screen @returns {import("../state/layouts/density.js").Sizes} */
  apply(root) {
    const screen = { widthPx: innerWidth, heightPx: innerHeight };
    const density = this.settings.get("density");
    const scale = scaleOf(screen, this.settings.get("zoom"));
    const shown = [screen.widthPx, screen.heightPx, density, scale].join();
    if (shown === this.shown) return this.sizes;
    this.sizes = sizesOf(density, scale, screen);
    for (const [name, px] of Object.entries(this.sizes)) root.style.setProperty(variableOf(name), `${px}px`);
    setAttribute(root, "data-density", density);
    setAttribute(root, "data-mode", modeOf(screen, scale));
    setAttribute(root, "data-phone", screen.widthPx / scale < 600);
    this.shown = shown;
    this.onChange();
    return this.sizes;
  }
}

/** `item` is --fs-item, `itemLine` --lh-item, `unit` --u, `railRow` --rail-row. */
function variableOf(name) {
  if (name === "unit") return "--u";
  if (name === "band") return "--band-height";
  if (FONTS.has(name)) return `--fs-${name}`;
  if (name.endsWith("Line")) return `--lh-${name.slice(0, -4)}`;
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
