/** The top bar: where this is, whose dishes are shown, how it goes, whether the screen may be trusted, the time. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom.js";
import { age, lasting, timeOfDay } from "../../common/format.js";
import { icon } from "../../common/icons.js";
import { keycap } from "../device/keycap.js";
import { EXPO } from "../state/scope.js";
import { pauseWords } from "./guest-ordering.js";

const PHASES = { live: ["Live", null], catching: ["Catching up", "sync"], offline: ["Offline", "offline"], blind: ["Not up to date", "warning"] };

const SOUNDS = { on: ["Sound on", "sound"], off: ["Sound off", "silent"], blocked: ["Tap for sound", "silent"] };
const LAYOUTS = { columns: ["Columns", "columns"], grid: ["Grid", "grid"], expo: ["Orders", "list"] };

/** @typedef {{onScope: (choice: string | symbol | null) => void, onLayout: () => void, onSound: () => void, onSettings: () => void}} TopBarActions */
export class TopBar {
  /** @param {TopBarActions} act */
  constructor(act) {
    this.name = h("h1", { class: "branch-name", dir: "auto" });
    this.locality = h("span", { class: "branch-locality", dir: "auto" });
    this.stationBox = h("div", { class: "stations", role: "group", "aria-label": "Station" });
    this.stations = new KeyedList(
      this.stationBox,
      ({ choice }) => keyOf(choice),
      ({ choice }) => new StationButton(choice, act),
    );
    this.open = new Figure("open");
    this.late = new Figure("late", "warning");
    this.average = new Figure("average");
    this.health = h("div", { class: "health", role: "status" });
    this.heard = h("span", { class: "health-heard" });
    this.clock = h("span", { class: "clock" });
    this.soundTop = h("span", { class: "tool-top" });
    this.soundWord = h("span", {});
    this.sound = h(
      "button",
      { type: "button", class: "tool tool-sound", onclick: () => act.onSound() },
      this.soundTop,
      this.soundWord,
    );
    this.layoutTop = h("span", { class: "tool-top" });
    this.layoutWord = h("span", {});
    this.layout = h(
      "button",
      { type: "button", class: "tool tool-layout", onclick: () => act.onLayout() },
      this.layoutTop,
      this.layoutWord,
    );
    this.node = h(
      "header",
      { class: "top-bar" },
      h("div", { class: "branch" }, this.name, this.locality),
      h("div", { class: "station-filter" }, keycap("station"), this.stationBox),
      h("div", { class: "figures" }, this.open.node, this.late.node, this.average.node),
      h("div", { class: "health-box" }, this.health, this.heard),
      this.sound,
      this.layout,
      h(
        "button",
        { type: "button", class: "tool tool-settings", onclick: () => act.onSettings() },
        h("span", { class: "tool-top" }, keycap("settings"), icon("settings")),
        h("span", {}, "Options"),
      ),
      this.clock,
    );
    this.phase = "";
  }

  /** @param {{branch: any, scope: import("../state/scope.js").Scope, layout: string, counts: any, now: number, sound: "on" | "off" | "blocked"}} model */
  update({ branch, scope, layout, counts, now, sound }) {
    setText(this.name, branch?.name ?? "Kitchen");
    setText(this.locality, pauseWords(branch) || (branch?.locality ?? ""));
    this.stations.update(scope.choices.map((choice) => ({ choice, isChosen: choice === scope.chosen })));
    this.open.update(String(counts.open));
    this.late.update(String(counts.late), counts.late > 0);
    this.average.update(counts.averageMs === null || now === 0 ? "–" : age(counts.averageMs));
    setText(this.clock, now === 0 ? "" : timeOfDay(now, branch?.timezone));
    this.paintSound(sound);
    this.paintLayout(layout);
  }

  paintSound(state) {
    const [word, name] = SOUNDS[state];
    if (this.soundWord.textContent === word) return;
    setText(this.soundWord, word);
    setAttribute(this.sound, "data-state", state);
    setAttribute(this.sound, "aria-pressed", String(state !== "off"));
    this.soundTop.replaceChildren(keycap("sound"), icon(name));
  }

  paintLayout(layout) {
    const [word, name] = LAYOUTS[layout];
    if (this.layoutWord.textContent === word) return;
    setText(this.layoutWord, word);
    setAttribute(this.layout, "aria-label", `Layout: ${word}`);
    this.layoutTop.replaceChildren(keycap("layout"), icon(name));
  }

  /** The phase is announced to screen readers once, when it changes; the seconds beside it are not. */
  paintHealth({ phase, silentMs }) {
    const [word, name] = PHASES[phase];
    if (phase !== this.phase) {
      this.phase = phase;
      setAttribute(this.node.querySelector(".health-box"), "data-phase", phase);
      this.health.replaceChildren(
        name ? icon(name) : h("span", { class: "dot" }),
        h("span", { class: "health-word" }, word),
      );
    }
    setText(this.heard, phase === "blind" ? "" : phase === "live" ? `${lasting(silentMs)} ago` : lasting(silentMs));
  }
}

/** A station may be called "All" or "Expo" and still be another choice than those. */
const keyOf = (choice) => (choice === EXPO ? "expo" : choice === null ? "all" : `station ${choice}`);

class StationButton {
  constructor(choice, act) {
    this.node = h(
      "button",
      { type: "button", class: "station-button", dir: "auto", onclick: () => act.onScope(choice) },
      choice === EXPO ? "Expo" : (choice ?? "All"),
    );
  }

  update({ isChosen }) {
    if (isChosen && this.node.getAttribute("aria-pressed") !== "true") this.node.scrollIntoView({ block: "nearest" });
    setAttribute(this.node, "aria-pressed", String(isChosen));
  }
}

class Figure {
  constructor(label, iconName = null) {
    this.value = h("strong", {});
    this.node = h(
      "div",
      { class: `figure figure-${label}` },
      this.value,
      h("span", { class: "figure-label" }, iconName ? icon(iconName) : null, label),
    );
  }

  update(text, isBad = false) {
    setText(this.value, text);
    setAttribute(this.node, "data-bad", isBad);
  }
}
