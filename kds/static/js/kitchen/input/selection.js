/** Where the keyboard stands: lanes of ticket keys, and the neighbour in each direction. Pure. */

/**
 * @param {string[][]} lanes  what is on the screen, lane by lane, top to bottom
 * @param {string | null} selected
 * @param {"up" | "down" | "left" | "right"} direction
 * @returns {string | null}
 */
export function neighbour(lanes, selected, direction) {
  const filled = lanes.filter((lane) => lane.length > 0);
  if (filled.length === 0) return null;
  const laneIndex = filled.findIndex((lane) => lane.includes(selected));
  if (laneIndex < 0) return filled[0][0];
  const lane = filled[laneIndex];
  const index = lane.indexOf(selected);
  if (direction === "up") return lane[Math.max(0, index - 1)];
  if (direction === "down") return lane[Math.min(lane.length - 1, index + 1)];
  const side = laneIndex + (direction === "left" ? -1 : 1);
  const beside = filled[Math.max(0, Math.min(filled.length - 1, side))];
  return beside === lane ? selected : beside[Math.min(index, beside.length - 1)];
}
