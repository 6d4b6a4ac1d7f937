/** The keys of this device: a profile for each bar, learned by pressing its keys, since bars are programmable. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { COMMANDS, labelOf, labelsOf, learn, loserOf } from "../input/keys.js";

const PROFILES = { keyboard: "Keyboard", bar1: "Bump bar 1", bar2: "Bump bar 2" };

export class KeyOptions {
  /** @param {(profile: string, keys: Record<string, import("../input/keys.js").Learned>) => void} onKeys */
  constructor(onKeys) {
    this.onKeys = onKeys;
    this.profile = "keyboard";
    this.keys = {};
    this.learning = null;
    this.onKey = (event) => this.pressed(event);
    this.profiles = new Map(
      Object.entries(PROFILES).map(([name, word]) => [
        name,
        h("button", { type: "button", class: "choice", onclick: () => this.choose(name) }, word),
      ]),
    );
    this.state = h("p", { role: "status" });
    this.rows = new Map(COMMANDS.map((command) => [command.id, this.row(command)]));
    this.reset = h("button", { type: "button", class: "choice", onclick: () => this.forget() }, "Usual keys again");
    this.node = h(
      "section",
      { "aria-label": "Keys" },
      h("h3", {}, "Keys"),
      h("div", { class: "choices" }, ...this.profiles.values(), this.reset),
      this.state,
      h("ul", { class: "key-list" }, ...[...this.rows.values()].map(({ node }) => node)),
    );
  }

  row({ id, words }) {
    const cap = h("kbd", { class: "keycap" });
    const button = h(
      "button",
      { type: "button", class: "key-row", onclick: () => this.begin(id) },
      h("span", {}, words),
      cap,
    );
    return { node: h("li", {}, button), button, cap };
  }

  get learned() {
    return this.keys[this.profile] ?? {};
  }

  choose(profile) {
    this.stop();
    this.onKeys(profile, this.keys);
  }

  begin(id) {
    this.learning = id;
    document.addEventListener("keydown", this.onKey, true);
    this.paint(`Press the key for "${wordsOf(id)}" now. Click anywhere else to leave it as it is.`);
    document.addEventListener("pointerdown", (this.onPointer = () => this.stop("")), { capture: true, once: true });
  }

  stop(words = "") {
    document.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("pointerdown", this.onPointer, true);
    if (this.learning === null) return;
    this.learning = null;
    this.paint(words);
  }

  pressed(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat || !event.code) return;
    const { learning: id, learned } = this;
    const loser = loserOf(learned, id, event.code);
    const taken = loser ? ` "${loser}" has no key now: teach it another one.` : "";
    this.stop(`"${wordsOf(id)}" is on ${labelOf(event.code)} now.${taken}`);
    this.onKeys(this.profile, { ...this.keys, [this.profile]: learn(learned, id, event.code) });
  }

  forget() {
    this.stop();
    this.onKeys(this.profile, { ...this.keys, [this.profile]: {} });
    this.paint("All keys are as usual.");
  }

  /** @param {{profile: string, keys: any}} model */
  update({ profile, keys }) {
    this.profile = profile;
    this.keys = keys;
    for (const [name, button] of this.profiles) setAttribute(button, "aria-pressed", String(name === profile));
    const labels = labelsOf(this.learned);
    for (const [id, { button, cap }] of this.rows) {
      setText(cap, id === this.learning ? "…" : labels.get(id) || "none");
      setAttribute(button, "aria-pressed", String(id === this.learning));
    }
    if (this.state.textContent === "") this.paint("");
  }

  paint(words) {
    setText(this.state, words || "Press a row, then the key of your bar that shall do it.");
  }
}

const wordsOf = (id) => COMMANDS.find((command) => command.id === id).words;
