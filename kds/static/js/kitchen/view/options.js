/** The options of this device: sound, look, keys, signing out. A dialog, so that Escape closes it and focus stays inside. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { canFillScreen, fillsScreen } from "../device/full-screen.js";
import { keycap } from "../device/keycap.js";
import { TONE_NAMES } from "../device/sound.js";
import { GuestOrdering } from "./guest-ordering.js";
import { KeyOptions } from "./options-keys.js";

const THEME_WORDS = { dark: "Dark", light: "Light", device: "As the device" };
const TONE_WORDS = { new: "New order", changed: "Changed", void: "Void", late: "Late" };
const SOUND_WORDS = { on: "Sound is on.", off: "Sound is off.", blocked: "This browser blocks sound until you press something." };

/**
 * @typedef {{
 *   onTheme: (theme: string) => void, onSound: () => void, onTestTone: (tone: string) => void,
 *   onZoom: (step: number) => void, onFullScreen: () => void, onKeys: (profile: string, keys: any) => void,
 *   onPause: (paused: boolean, minutes: number | null) => Promise<boolean>, onSignOut: () => void
 * }} OptionActions
 */
export class OptionsDialog {
  /** @param {OptionActions} act */
  constructor(act) {
    this.themes = new Map(
      Object.entries(THEME_WORDS).map(([theme, word]) => [theme, choice(word, () => act.onTheme(theme))]),
    );
    this.sound = choice("", () => act.onSound(), keycap("sound"));
    this.soundState = h("p", { role: "status" });
    this.zoom = h("output", { class: "zoom" });
    this.fullScreen = choice("", () => act.onFullScreen(), keycap("fullScreen"));
    this.keys = new KeyOptions(act.onKeys);
    this.ordering = new GuestOrdering(act.onPause);
    this.node = h(
      "dialog",
      { class: "options", "aria-label": "Options" },
      h("h2", {}, "Options"),
      group("Sound", this.sound, ...TONE_NAMES.map((tone) => choice(`Test: ${TONE_WORDS[tone]}`, () => act.onTestTone(tone)))),
      this.soundState,
      group("Theme", keycap("theme"), ...this.themes.values()),
      group(
        "Size of the tickets",
        choice("Smaller", () => act.onZoom(-1), keycap("smaller")),
        this.zoom,
        choice("Larger", () => act.onZoom(1), keycap("larger")),
        canFillScreen() ? this.fullScreen : null,
      ),
      this.keys.node,
      h("p", {}, "Kept on this device."),
      this.ordering.node,
      h(
        "div",
        { class: "options-end" },
        choice("Sign out", () => act.onSignOut()),
        h(
          "button",
          { type: "button", class: "choice choice-main", onclick: () => this.node.close() },
          keycap("leave"),
          "Close",
        ),
      ),
    );
    this.node.addEventListener("close", () => this.keys.stop());
  }

  show() {
    this.node.showModal();
  }

  get isOpen() {
    return this.node.open;
  }

  /** @param {{theme: string, sound: "on" | "off" | "blocked", zoom: number, profile: string, keys: any, branch: any}} model */
  update({ theme, sound, zoom, profile, keys, branch }) {
    if (!this.isOpen) return;
    for (const [name, button] of this.themes) setAttribute(button, "aria-pressed", String(name === theme));
    setText(this.sound.lastChild, sound === "off" ? "Turn sound on" : "Turn sound off");
    setText(this.soundState, SOUND_WORDS[sound]);
    setText(this.zoom, `${Math.round(zoom * 100)}%`);
    setText(this.fullScreen.lastChild, fillsScreen() ? "Leave full screen" : "Full screen");
    this.keys.update({ profile, keys });
    this.ordering.update(branch);
  }
}

function choice(word, onclick, key = null) {
  return h("button", { type: "button", class: "choice", onclick }, key, h("span", {}, word));
}

function group(name, ...children) {
  return h(
    "section",
    { "aria-label": name },
    h("h3", {}, name),
    h("div", { class: "choices" }, ...children),
  );
}
