/**
 * What was bumped leaves its place empty for a moment, so that nothing moves under a finger that is on its way. Pure but for
 * the time it is given.
 */

/** So long the place stays empty. */
export const HOLE_MS = 3_000;

/** @typedef {import("./tear.js").Block & {bumpedAt?: number, isOwn?: boolean, name?: string}} Placed */

export class Holes {
  constructor() {
    this.forget();
  }

  /** Another picture: nobody has a finger on it yet. */
  forget() {
    this.before = [];
    this.scene = null;
  }

  /**
   * @param {Placed[]} blocks  the tickets, in the order they stand
   * @param {{now: number, scene: string, isOwn: (key: string) => boolean}} around  `now`: ms, monotonic; `scene`: what is shown, and how
   * @returns {Placed[]} the same with what just left, each behind the ticket that it stood behind
   */
  keep(blocks, { now, scene, isOwn }) {
    if (scene !== this.scene) this.before = [];
    this.scene = scene;
    const here = new Set(blocks.map((block) => block.key));
    const after = new Map();
    let previous = null;
    for (const block of this.before) {
      if (here.has(block.key)) {
        previous = block.key;
        continue;
      }
      const hole = block.isHole ? block : { ...block, isHole: true, bumpedAt: now, isOwn: isOwn(block.key) };
      if (now - hole.bumpedAt < HOLE_MS) after.set(previous, [...(after.get(previous) ?? []), hole]);
    }
    const kept = [...(after.get(null) ?? []), ...blocks.flatMap((block) => [block, ...(after.get(block.key) ?? [])])];
    // a hole behind everything holds nothing in its place
    while (kept.at(-1)?.isHole) kept.pop();
    this.before = kept;
    return kept;
  }

  /** Whether the next second changes something by itself. */
  get isOpen() {
    return this.before.some((block) => block.isHole);
  }
}
