/** The options of this device: theme and signing out. A dialog, so that Escape closes it and focus stays inside. */

import { h, setAttribute } from "../dom.js";

const THEME_WORDS = { dark: "Dark", light: "Light", device: "As the device" };

export class OptionsDialog {
  /** @param {{onTheme: (theme: string) => void, onSignOut: () => void}} act */
  constructor(act) {
    this.themes = new Map(
      Object.entries(THEME_WORDS).map(([theme, word]) => [
        theme,
        h("button", { type: "button", class: "choice", onclick: () => act.onTheme(theme) }, word),
      ]),
    );
    this.node = h(
      "dialog",
      { class: "options", "aria-label": "Options" },
      h("h2", {}, "Options"),
      h("h3", {}, "Theme"),
      h("div", { class: "choices", role: "group", "aria-label": "Theme" }, ...this.themes.values()),
      h("p", {}, "Kept on this device."),
      h(
        "div",
        { class: "options-end" },
        h("button", { type: "button", class: "choice", onclick: () => act.onSignOut() }, "Sign out"),
        h(
          "button",
          { type: "button", class: "choice choice-main", onclick: () => this.node.close() },
          h("kbd", { class: "keycap", "aria-hidden": "true" }, "Esc"),
          "Close",
        ),
      ),
    );
  }

  show() {
    this.node.showModal();
  }

  get isOpen() {
    return this.node.open;
  }

  update({ theme }) {
    for (const [name, button] of this.themes) setAttribute(button, "aria-pressed", String(name === theme));
  }
}
