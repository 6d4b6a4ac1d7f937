/** What this device prefers, put to work: theme, zoom, sound, keys, full screen, and a screen that stays on. */

import { keyMap } from "../input/keys.js";
import { toggleFullScreen } from "./full-screen.js";
import { showKeys } from "./keycap.js";
import { Sound } from "./sound.js";
import { WakeLock } from "./wake-lock.js";

const ZOOM = { step: 0.1, min: 0.8, max: 1.5 };

export class Device {
  /** @param {import("../../common/settings.js").Settings} settings  @param {{onChange: () => void, onZoom: () => void}} tell */
  constructor(settings, { onChange, onZoom }) {
    this.settings = settings;
    this.onChange = onChange;
    this.onZoom = onZoom;
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
    const [theme, zoom, profile, keys] = ["theme", "zoom", "profile", "keys"].map((name) => this.settings.get(name));
    return { theme, zoom, profile, keys, sound: this.sound.state };
  }

  apply() {
    const learned = this.settings.get("keys")[this.settings.get("profile")];
    this.keys = keyMap(learned);
    showKeys(learned);
    this.sound.isOn = this.settings.get("sounds");
    document.documentElement.style.setProperty("--zoom", String(this.settings.get("zoom")));
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

  zoomBy(step) {
    const zoom = Math.round((this.settings.get("zoom") + step * ZOOM.step) * 10) / 10;
    this.set("zoom", Math.max(ZOOM.min, Math.min(ZOOM.max, zoom)));
    this.onZoom();
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
