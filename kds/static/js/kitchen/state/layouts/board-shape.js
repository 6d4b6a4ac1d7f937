/** How a screen is divided: lanes beside the READY rail (rail-shape.js), lanes alone, or one list that scrolls. Pure arithmetic. */

/** Narrower is a phone, lower has no room for a lane: one list, its columns behind tabs. At 100 %. */
const PHONE_PX = 600;
const LOW_PX = 520;

/** @param {{widthPx: number, heightPx: number}} screen @param {number} scale @returns {"lanes" | "list"} */
export function modeOf({ widthPx, heightPx }, scale) {
  return widthPx / scale < PHONE_PX || heightPx / scale < LOW_PX ? "list" : "lanes";
}

/**
 * As many lanes of the narrowest width as fit beside the rail, then all equally wide.
 * @param {number} widthPx within the edges  @param {import("./density.js").Sizes} sizes  @param {{hasRail: boolean}} around
 * @returns {{lanes: number, lanePx: number}}
 */
export function lanesIn(widthPx, sizes, { hasRail }) {
  const roomPx = widthPx - (hasRail ? sizes.rail + sizes.gap : 0);
  const lanes = Math.max(1, Math.floor((roomPx + sizes.gap) / (sizes.lane + sizes.gap)));
  return { lanes, lanePx: Math.floor((roomPx - (lanes - 1) * sizes.gap) / lanes) };
}
