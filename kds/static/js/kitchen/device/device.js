/** What this device prefers, put to work: theme, zoom, sound, keys, full screen, and a screen that stays on. */

import { keyMap } from "../input/keys.js";
import { DENSITY_NAMES, SCALES } from "../state/layouts/density.js";
import { BoardSizes } from "./board-sizes.js";
import { toggleFullScreen } from "./full-screen.js";
import { showKeys } from "./keycap.js";
import { Sound } from "./sound.js";
import { WakeLock } from "./wake-lock.js";

export class Device {
  /** @param {import("../../common/device/settings.js").Settings} settings  @param {{onChange: () => void, onSizes: () => void}} tell */
  constructor(settings, { onChange, onSizes }) {
    this.settings = settings;
    this.onChange = onChange;
    this.sizes = new BoardSizes(settings, onSizes);
    this.sound = new Sound(onChange);
    this.wakeLock = new WakeLock();
    this.keys = keyMap({});
  }

  start() {
    this.apply();
    this.sound.start();
    this.wakeLock.start();
  }

  stop() {
    this.sound.stop();
    this.wakeLock.stop();
  }

  /** What the options dialog shows. */
  preferences() {
    const names = ["theme", "zoom", "density", "joinsEqual", "profile", "keys"];
    const [theme, zoom, density, joinsEqual, profile, keys] = names.map((name) => this.settings.get(name));
    return { theme, zoom, density, joinsEqual, profile, keys, sound: this.sound.state };
  }

  apply() {
    const learned = this.settings.get("keys")[this.settings.get("profile")];
    this.keys = keyMap(learned);
    showKeys(learned);
    this.sound.isOn = this.settings.get("sounds");
    this.onChange();
  }

  set(name, value) {
    this.settings.set(name, value);
    this.apply();
  }

  setKeys(profile, keys) {
    this.settings.set("profile", profile);
    this.set("keys", keys);
  }

  /** The press itself unlocks a blocked sound. */
  pressSound() {
    if (this.sound.state !== "blocked" && !this.sound.isBeingOpened) this.toggleSound();
  }

  toggleSound() {
    this.set("sounds", !this.settings.get("sounds"));
  }

  /** One step larger or smaller than what fits the screen. */
  zoomBy(step) {
    const zoom = this.settings.get("zoom");
    const larger = SCALES.find((scale) => scale > zoom + 0.001) ?? SCALES.at(-1);
    const smaller = SCALES.filter((scale) => scale < zoom - 0.001).at(-1) ?? SCALES[0];
    this.set("zoom", step > 0 ? larger : smaller);
  }

  setDensity(density) {
    this.set("density", density);
  }

  nextDensity() {
    const next = DENSITY_NAMES.indexOf(this.settings.get("density")) + 1;
    this.setDensity(DENSITY_NAMES[next % DENSITY_NAMES.length]);
  }

  async fillScreen() {
    await toggleFullScreen();
    this.onChange();
  }

  setTheme(theme) {
    this.set("theme", theme);
  }

  toggleTheme() {
    this.setTheme(document.documentElement.dataset.theme === "light" ? "dark" : "light");
  }
}
