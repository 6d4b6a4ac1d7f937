/** The top bar: where this is, whose dishes are shown, how it goes, whether the screen may be trusted, the time. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { momentOf } from "../../../common/text/moments.js";
import { say, sayLasting, sayList } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { age } from "../../state/ticket/age.js";
import { GiveWay } from "./give-way.js";
import { pauseWords } from "../options/guest-ordering.js";
import { StationFilter } from "./station-filter.js";

const PHASES = { live: ["top.live", null], catching: ["top.catching", "sync"], offline: ["top.offline", "offline"], blind: ["top.blind", "warning"] };
const SOUNDS = { on: ["top.soundOn", "sound"], off: ["top.soundOff", "silent"], blocked: ["top.soundBlocked", "silent"] };
const LAYOUTS = { lanes: ["top.lanes", "lanes"], grid: ["top.grid", "grid"], expo: ["top.orders", "list"] };
/** What goes first where room is short; all three tools are in More. A station's name never goes: many become one button. */
const GIVES_WAY = ["median", "later-words", "ago", "branch", "layout-word", "caps", "sound", "layout", "options", "figure-words", "filter", "live-word"];

/** @typedef {{onScope: (choice: string | symbol | null) => void, onLayout: () => void, onSound: () => void, onSettings: () => void, onVoids: () => void}} TopBarActions */
export class TopBar {
  /** @param {TopBarActions} act */
  constructor(act) {
    this.name = h("h1", { class: "branch-name", dir: "auto" });
    this.locality = h("span", { class: "branch-locality", dir: "auto" });
    this.filter = new StationFilter(act);
    this.sent = new Figure("sent");
    this.late = new Figure("late", "warning");
    this.median = new Figure("median");
    this.later = new Figure("later");
    this.voidWords = h("span", {});
    this.voids = h("button", { type: "button", class: "void-jump", onclick: () => act.onVoids() }, icon("void"), this.voidWords, keycap("seen"));
    this.health = h("div", { class: "health", role: "status" });
    this.heard = h("span", { class: "health-heard" });
    this.clock = h("span", { class: "clock" });
    this.sound = new Tool("sound", "sound", () => act.onSound());
    this.layout = new Tool("layout", "layout", () => act.onLayout());
    this.settings = new Tool("settings", "settings", () => act.onSettings());
    this.settings.update("top.options", "settings");
    this.node = h(
      "header",
      { class: "top-bar" },
      h("div", { class: "branch" }, this.name, this.locality),
      this.filter.node,
      h("div", { class: "figures" }, this.sent.node, this.late.node, this.later.node, this.median.node, this.voids),
      h("div", { class: "health-box" }, this.health, this.heard),
      this.sound.node,
      this.layout.node,
      this.settings.node,
      this.clock,
    );
    this.giveWay = new GiveWay(this.node, GIVES_WAY);
    this.phase = "";
  }

  /** @param {{branch: any, scope: import("../../state/board/scope.js").Scope, counts: any, now: number, sound: "on" | "off" | "blocked", later: {count: number, nextAt: string} | null}} model */
  update({ branch, scope, counts, now, sound, later }) {
    setText(this.name, branch?.name ?? say("scope.kitchen"));
    setText(this.locality, pauseWords(branch) || (branch?.locality ?? ""));
    this.filter.update(scope);
    this.sent.update(String(scope.isExpo ? counts.open : counts.sent), say(scope.isExpo ? "top.open" : "top.sent"));
    this.late.update(String(counts.late), say("top.late"), counts.late > 0);
    this.median.update(counts.medianMs === null || now === 0 ? "–" : age(counts.medianMs), say("top.median"));
    setAttribute(this.later.node, "hidden", later === null);
    if (later) this.later.update(String(later.count), laterWords(later, branch));
    setText(this.clock, now === 0 ? "" : timeOfDay(now, branch?.timezone));
    this.sound.update(...SOUNDS[sound]);
    setAttribute(this.sound.node, "data-state", sound);
    setAttribute(this.sound.node, "aria-pressed", String(sound !== "off"));
    this.layout.update(...LAYOUTS[scope.layout]);
    setAttribute(this.layout.node, "aria-label", say("top.layout", { layout: say(LAYOUTS[scope.layout][0]) }));
  }

  /** Voids and changes that nobody has seen and this page does not show. @param {{voids: number, changes: number}} elsewhere */
  paintToSee({ voids, changes }) {
    const found = [...(voids > 0 ? [["top.voids", "top.voidsElsewhere", voids]] : []), ...(changes > 0 ? [["top.changes", "top.changesElsewhere", changes]] : [])];
    setText(this.voidWords, found.map(([words, , count]) => say(words, { count })).join(" "));
    setAttribute(this.voids, "hidden", found.length === 0);
    setAttribute(this.voids, "data-changes", voids === 0);
    setAttribute(this.voids, "aria-label", sayList(found.map(([, label, count]) => say(label, { count }))));
  }

  /** The phase is announced to screen readers once, when it changes; the seconds beside it are not. */
  paintHealth({ phase, silentMs }) {
    const [text, name] = PHASES[phase];
    if (phase !== this.phase) {
      this.phase = phase;
      setAttribute(this.node.querySelector(".health-box"), "data-phase", phase);
      this.health.replaceChildren(
        name ? icon(name) : h("span", { class: "dot" }),
        h("span", { class: "health-word" }, say(text)),
      );
    }
    const ago = phase === "blind" ? "" : sayLasting(silentMs);
    setText(this.heard, phase === "live" ? say("top.ago", { ago }) : ago);
  }

  /** Last, when all words stand. */
  fit() {
    const words = [...this.node.querySelectorAll("h1, .branch-locality, .station-filter, .figure, .void-jump:not([hidden]), .health-word, .tool, .clock")];
    this.giveWay.fit(`${innerWidth} ${words.map((node) => node.textContent.replace(/\d/g, "8")).join("|")}`);
  }

  forget() {
    this.giveWay.forget();
  }
}

/** `later, next 13:05`, in the time of the branch. */
function laterWords({ nextAt }, branch) {
  const next = momentOf(nextAt);
  return say("top.later", { time: next === null ? "?" : timeOfDay(next, branch?.timezone) });
}

class Tool {
  constructor(name, key, onclick) {
    this.icon = h("span", { class: "tool-icon" });
    this.word = h("span", { class: "tool-word" });
    this.node = h("button", { type: "button", class: `tool tool-${name}`, onclick }, keycap(key), this.icon, this.word);
  }

  /** @param {string} name of its text */
  update(name, iconName) {
    const word = say(name);
    if (this.word.textContent === word) return;
    setText(this.word, word);
    setAttribute(this.node, "title", word);
    this.icon.replaceChildren(icon(iconName));
  }
}

class Figure {
  constructor(name, iconName = null) {
    this.value = h("strong", {});
    this.label = h("span", { class: "figure-label" });
    this.node = h("div", { class: `figure figure-${name}` }, iconName ? icon(iconName) : null, this.value, this.label);
  }

  update(text, label, isBad = false) {
    setText(this.value, text);
    setText(this.label, label);
    setAttribute(this.node, "data-bad", isBad);
  }
}
