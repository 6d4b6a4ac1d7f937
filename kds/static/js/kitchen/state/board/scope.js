/** Whose tickets this screen shows, and how: all, a station's or expo's; in lanes or in the grid. Kept on the device. */

import { say } from "../../../common/text/words.js";

/** The name in the filter that means expo; no station can be called so, for theirs are not symbols. */
export const EXPO = Symbol("Expo");

export class Scope {
  /** @param {import("../../../common/device/settings.js").Settings} settings */
  constructor(settings) {
    this.settings = settings;
    this.stations = null;
  }

  /** @param {{stations: string[]} | null} branch */
  know(branch) {
    this.stations = branch?.stations ?? null;
  }

  get isExpo() {
    return this.settings.get("isExpo");
  }

  /** Null: all. A station that is no more shows all rather than nothing. */
  get station() {
    if (this.isExpo) return null;
    const station = this.settings.get("station");
    return this.stations === null || this.stations.includes(station) ? station : null;
  }

  /** @returns {import("../../view/layouts/board-view.js").Layout} a device may have kept the name of a layout that is no more */
  get layout() {
    if (this.isExpo) return "expo";
    return this.settings.get("layout") === "grid" ? "grid" : "lanes";
  }

  get isAllDay() {
    return this.settings.get("isAllDay") ?? false;
  }

  /** Equal dishes of a ticket are one line. */
  get joinsEqual() {
    return this.settings.get("joinsEqual");
  }

  toggleJoining() {
    this.settings.set("joinsEqual", !this.joinsEqual);
  }

  /** What the filter offers, in this order. */
  get choices() {
    return [null, ...(this.stations ?? []), EXPO];
  }

  get chosen() {
    return this.isExpo ? EXPO : this.station;
  }

  get words() {
    return this.isExpo ? say("scope.expo") : (this.station ?? say("scope.allStations"));
  }

  choose(choice) {
    this.settings.set("isExpo", choice === EXPO);
    if (choice !== EXPO) this.settings.set("station", choice);
  }

  chooseNext() {
    const { choices } = this;
    this.choose(choices[(choices.indexOf(this.chosen) + 1) % choices.length]);
  }

  toggleExpo() {
    this.settings.set("isExpo", !this.isExpo);
  }

  toggleLayout() {
    this.settings.set("layout", this.settings.get("layout") === "grid" ? "lanes" : "grid");
    this.settings.set("isExpo", false);
  }

  toggleAllDay() {
    this.settings.set("isAllDay", !this.isAllDay);
  }
}
