/** What this device prefers; kept on the device, and harmless when its storage is full or forbidden. */

const KEY = "kds.settings";
const DEFAULTS = { theme: "dark", station: null, isExpo: false, layout: "columns", isAllDay: null, sounds: true, zoom: 1, profile: "keyboard", keys: {} };

export class Settings {
  constructor(storage = localStorage) {
    this.storage = storage;
    this.values = { ...DEFAULTS, ...readJson(storage, KEY) };
    this.deviceTheme = matchMedia("(prefers-color-scheme: light)");
    this.onDeviceTheme = () => this.applyTheme();
    this.deviceTheme.addEventListener("change", this.onDeviceTheme);
    this.applyTheme();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values = { ...this.values, [name]: value };
    writeJson(this.storage, KEY, this.values);
    if (name === "theme") this.applyTheme();
  }

  applyTheme() {
    const wanted = this.values.theme === "device" ? (this.deviceTheme.matches ? "light" : "dark") : this.values.theme;
    document.documentElement.dataset.theme = wanted;
  }
}

/** The stored value, or null: a damaged or forbidden store is the same as an empty one. */
export function readJson(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** Stores the value; null takes it away. False when the device refused. */
export function writeJson(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
