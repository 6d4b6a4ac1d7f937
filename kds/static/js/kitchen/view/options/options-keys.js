/** The keys of this device: a profile for each bar, learned by pressing its keys, since bars are programmable. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";
import { COMMANDS, commandWords, labelOf, labelsOf, learn, loserOf } from "../../input/keys.js";

const PROFILES = ["keyboard", "bar1", "bar2"];
const profileWords = (name) => (name === "keyboard" ? say("keys.keyboard") : say("keys.bar", { number: name.slice(-1) }));

export class KeyOptions {
  /** @param {(profile: string, keys: Record<string, import("../../input/keys.js").Learned>) => void} onKeys */
  constructor(onKeys) {
    this.onKeys = onKeys;
    this.profile = "keyboard";
    this.keys = {};
    this.learning = null;
    this.onKey = (event) => this.pressed(event);
    this.profiles = new Map(
      PROFILES.map((name) => [
        name,
        h("button", { type: "button", class: "choice", onclick: () => this.choose(name) }, profileWords(name)),
      ]),
    );
    this.state = h("p", { role: "status" });
    this.rows = new Map(COMMANDS.map((command) => [command.id, this.row(command)]));
    this.reset = h("button", { type: "button", class: "choice", onclick: () => this.forget() }, say("keys.usual"));
    this.node = h(
      "section",
      { "aria-label": say("keys.title") },
      h("h3", {}, say("keys.title")),
      h("div", { class: "choices" }, ...this.profiles.values(), this.reset),
      this.state,
      h("ul", { class: "key-list" }, ...[...this.rows.values()].map(({ node }) => node)),
    );
  }

  row({ id }) {
    const cap = h("kbd", { class: "keycap" });
    const button = h(
      "button",
      { type: "button", class: "key-row", onclick: () => this.begin(id) },
      h("span", {}, commandWords(id)),
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
    this.paint(say("keys.press", { command: commandWords(id) }));
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
    const taken = say("keys.taken", { command: commandWords(id), key: labelOf(event.code) });
    this.stop(loser ? `${taken} ${say("keys.lost", { command: commandWords(loser) })}` : taken);
    this.onKeys(this.profile, { ...this.keys, [this.profile]: learn(learned, id, event.code) });
  }

  forget() {
    this.stop();
    this.onKeys(this.profile, { ...this.keys, [this.profile]: {} });
    this.paint(say("keys.areUsual"));
  }

  /** @param {{profile: string, keys: any}} model */
  update({ profile, keys }) {
    this.profile = profile;
    this.keys = keys;
    for (const [name, button] of this.profiles) setAttribute(button, "aria-pressed", String(name === profile));
    const labels = labelsOf(this.learned);
    for (const [id, { button, cap }] of this.rows) {
      setText(cap, id === this.learning ? "…" : labels.get(id) || say("keys.none"));
      setAttribute(button, "aria-pressed", String(id === this.learning));
    }
    if (this.state.textContent === "") this.paint("");
  }

  paint(words) {
    setText(this.state, words || say("keys.how"));
  }
}
