/** Two falling tones when an order is ready. */

import { Tones } from "../common/device/tones.js";

const TONES_HZ = [880, 659];
const HOW = { lastS: 0.45, apartS: 0.28, wave: /** @type {const} */ ("sine"), loudness: 0.35 };

export class Chime extends Tones {
  ring() {
    if (!this.isBlocked) this.playNotes(TONES_HZ, HOW);
  }
}
