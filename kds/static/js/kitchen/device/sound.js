/** The board's tones: one kind for each thing a cook must hear; `state` tells whether the browser lets them sound. */

import { Tones } from "../../common/device/tones.js";

/** Frequencies in Hz, one after the other; how long each lasts and how far apart they begin, in s; the wave. */
const TONES = {
  new: { hz: [660, 880], lastS: 0.3, apartS: 0.18, wave: "sine" },
  changed: { hz: [587], lastS: 0.25, apartS: 0, wave: "sine" },
  void: { hz: [330, 262, 208], lastS: 0.32, apartS: 0.2, wave: "square" },
  late: { hz: [988, 988, 988], lastS: 0.14, apartS: 0.2, wave: "triangle" },
};
const LOUDNESS = { sine: 0.4, triangle: 0.4, square: 0.14 };

/** The loudest news of a moment is heard alone: a burst of orders is one tone, not noise. */
const RANK = ["void", "late", "new", "changed"];
const MOMENT_MS = 400;
const ONE_PRESS_MS = 700;

/** @typedef {keyof typeof TONES} Tone */
export const TONE_NAMES = /** @type {Tone[]} */ (Object.keys(TONES));

export class Sound extends Tones {
  /** @param {() => void} onChange when it may have become loud or silent */
  constructor(onChange) {
    super(onChange);
    this.openedAt = -Infinity;
    this.isOn = true;
    this.due = new Set();
    this.timer = 0;
  }

  stop() {
    clearTimeout(this.timer);
    super.stop();
  }

  open() {
    if (!this.isBlocked) return;
    this.openedAt = performance.now();
    super.open();
  }

  /** The press that opened it must not turn it off in the same breath. */
  get isBeingOpened() {
    return performance.now() - this.openedAt < ONE_PRESS_MS;
  }

  /** @returns {"on" | "off" | "blocked"} */
  get state() {
    if (!this.isOn) return "off";
    return this.isBlocked ? "blocked" : "on";
  }

  /** Something happened that a cook must hear. @param {Tone} tone */
  tell(tone) {
    const isTimed = this.due.size > 0;
    this.due.add(tone);
    if (isTimed) return;
    this.timer = setTimeout(() => {
      const loudest = RANK.find((each) => this.due.has(each));
      this.due.clear();
      if (this.state === "on") this.play(loudest);
    }, MOMENT_MS);
  }

  /** @param {Tone} tone at once, also as a test */
  play(tone) {
    const { hz, wave, ...times } = TONES[tone];
    this.playNotes(hz, { ...times, wave, loudness: LOUDNESS[wave] });
  }
}
