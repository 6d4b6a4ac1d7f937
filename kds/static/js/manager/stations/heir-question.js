/** Asks where goes what a station has, or what tickets of its name are left: to another station, or to the kitchen as a whole. */

import { h } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";

const WHOLE = "";

export class HeirQuestion {
  /** @param {import("../office/confirm-dialog.js").ConfirmDialog} confirm */
  constructor(confirm) {
    this.confirm = confirm;
    this.name = "";
    this.stations = [];
    this.offered = [];
    /** Where the tickets of a station went, by its name: those that are left are offered the same way. @type {Map<string, string>} */
    this.heirs = new Map();
    this.choice = h("select", { class: "office-field" });
    this.node = h("label", { class: "station-heir" }, h("span", {}, say("stations.to")), this.choice);
  }

  /** @param {string} name @param {string} heir empty: the kitchen as a whole */
  remember(name, heir) {
    this.heirs.set(name, heir);
  }

  /** @param {string} name @param {{title: string, words: string, yes: string, act: (to: string) => Promise<void>}} question `act` throws when it was refused */
  ask(name, { act, ...question }) {
    this.name = name;
    const heir = this.heirs.get(name);
    this.offer(this.stations, heir && this.stations.some((each) => each.name === heir) ? heir : WHOLE);
    this.confirm.ask({ ...question, unheard: say("stations.unheard"), act: () => act(this.choice.value), more: this.node });
  }

  /** Those that there are now. One that is chosen and gone stays until another is, so that nothing is chosen in its place unawares. @param {{name: string}[]} stations @param {string} [chosen] */
  offer(stations, chosen = this.choice.value) {
    this.stations = stations;
    const there = [WHOLE, ...stations.map(({ name }) => name).filter((name) => name !== this.name)];
    const names = there.includes(chosen) ? there : [...there, chosen];
    // an open list stays open while nothing changes
    if (names.join("\n") !== this.offered.join("\n")) this.choice.replaceChildren(...names.map((name) => h("option", { value: name }, name || say("stations.whole"))));
    this.offered = names;
    this.choice.value = chosen;
  }
}
