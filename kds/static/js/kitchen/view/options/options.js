/** The options of this device: sound, look, keys, signing out. A dialog, so that Escape closes it and focus stays inside. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { languageChoice, say, sayPercent } from "../../../common/text/words.js";
import { canFillScreen, fillsScreen } from "../../device/full-screen.js";
import { keycap } from "../../device/keycap.js";
import { TONE_NAMES } from "../../device/sound.js";
import { DENSITY_NAMES } from "../../state/layouts/density.js";
import { GuestOrdering } from "./guest-ordering.js";
import { KeyOptions } from "./options-keys.js";

/** Each, and each density, is called `options.NAME`. */
const THEMES = ["dark", "light", "device"];
const SOUND_WORDS = { on: "options.isOn", off: "options.isOff", blocked: "options.isBlocked" };

/**
 * @typedef {{
 *   onShow: () => void, onTheme: (theme: string) => void, onSound: () => void, onTestTone: (tone: string) => void,
 *   onDensity: (density: string) => void, onJoinEqual: () => void, onZoom: (step: number) => void, onFullScreen: () => void, onKeys: (profile: string, keys: any) => void,
 *   onPause: (paused: boolean, minutes: number | null) => Promise<boolean>, onSignOut: () => void
 * }} OptionActions
 */
export class OptionsDialog {
  /** @param {OptionActions} act */
  constructor(act) {
    this.onShow = act.onShow;
    this.themes = new Map(
      THEMES.map((theme) => [theme, choice(say(`options.${theme}`), () => act.onTheme(theme))]),
    );
    this.densities = new Map(
      DENSITY_NAMES.map((density) => [density, choice(say(`options.${density}`), () => act.onDensity(density))]),
    );
    this.sound = choice("", () => act.onSound(), keycap("sound"));
    this.soundState = h("p", { role: "status" });
    this.joinEqual = choice(say("options.joinEqual"), () => act.onJoinEqual(), keycap("joinEqual"));
    this.zoom = h("output", { class: "zoom" });
    this.fullScreen = choice("", () => act.onFullScreen(), keycap("fullScreen"));
    this.keys = new KeyOptions(act.onKeys);
    this.ordering = new GuestOrdering(act.onPause);
    this.node = h(
      "dialog",
      { class: "options", "aria-label": say("top.options") },
      h("h2", {}, say("top.options")),
      group("options.sound", this.sound, ...TONE_NAMES.map((tone) => choice(testWords(tone), () => act.onTestTone(tone)))),
      this.soundState,
      group("options.theme", keycap("theme"), ...this.themes.values()),
      group(
        "options.size",
        keycap("density"),
        ...this.densities.values(),
        choice(say("options.smaller"), () => act.onZoom(-1), keycap("smaller")),
        this.zoom,
        choice(say("options.larger"), () => act.onZoom(1), keycap("larger")),
        canFillScreen() ? this.fullScreen : null,
      ),
      group("options.tickets", this.joinEqual),
      group("language", languageChoice()),
      this.keys.node,
      h("p", {}, say("options.kept")),
      this.ordering.node,
      h(
        "div",
        { class: "options-end" },
        choice(say("options.signOut"), () => act.onSignOut()),
        h(
          "button",
          { type: "button", class: "choice choice-main", onclick: () => this.node.close() },
          keycap("leave"),
          say("close"),
        ),
      ),
    );
    this.node.addEventListener("close", () => this.keys.stop());
  }

  /** What stands in it is painted with the next picture. */
  show() {
    this.node.showModal();
    this.onShow();
  }

  get isOpen() {
    return this.node.open;
  }

  /** @param {{theme: string, sound: "on" | "off" | "blocked", zoom: number, density: string, joinsEqual: boolean, profile: string, keys: any, branch: any}} model */
  update({ theme, sound, zoom, density, joinsEqual, profile, keys, branch }) {
    if (!this.isOpen) return;
    for (const [name, button] of this.themes) setAttribute(button, "aria-pressed", String(name === theme));
    for (const [name, button] of this.densities) setAttribute(button, "aria-pressed", String(name === density));
    setAttribute(this.joinEqual, "aria-pressed", String(joinsEqual));
    setText(this.sound.lastChild, say(sound === "off" ? "options.turnOn" : "options.turnOff"));
    setText(this.soundState, say(SOUND_WORDS[sound]));
    setText(this.zoom, sayPercent(zoom));
    setText(this.fullScreen.lastChild, say(fillsScreen() ? "options.leaveFullScreen" : "options.fullScreen"));
    this.keys.update({ profile, keys });
    this.ordering.update(branch);
  }
}

function choice(word, onclick, key = null) {
  return h("button", { type: "button", class: "choice", onclick }, key, h("span", {}, word));
}

const testWords = (tone) => say("options.test", { tone: say(`tone.${tone}`) });

/** @param {string} title the name of its text */
function group(title, ...children) {
  const name = say(title);
  return h(
    "section",
    { "aria-label": name },
    h("h3", {}, name),
    h("div", { class: "choices" }, ...children),
  );
}
