/** What this device prefers; kept on the device, and harmless when its storage is full or forbidden. */

const KEY = "kds.settings";
const DEFAULTS = { theme: "dark", station: null, isExpo: false, layout: "lanes", density: "standard", isAllDay: null, joinsEqual: false, sounds: true, zoom: 1, profile: "keyboard", keys: {} };

export class Settings {
  constructor(storage = deviceStorage("localStorage")) {
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

/** Keeps as a Storage does, for as long as the page lives. */
class Memory {
  getItem(key) {
    return this[key] ?? null;
  }

  setItem(key, value) {
    this[key] = value;
  }

  removeItem(key) {
    delete this[key];
  }
}

const memories = { localStorage: new Memory(), sessionStorage: new Memory() };

/** The device's storage, or this page's memory where the device forbids it: even to ask throws there. @param {"localStorage" | "sessionStorage"} kind */
export function deviceStorage(kind) {
  try {
    return globalThis[kind] ?? memories[kind];
  } catch {
    return memories[kind];
  }
}

/** Whether what is stored here will be there after a reload. */
export function canKeep() {
  const storage = deviceStorage("localStorage");
  return !(storage instanceof Memory) && writeJson(storage, "kds.canKeep", true) && writeJson(storage, "kds.canKeep", null);
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
