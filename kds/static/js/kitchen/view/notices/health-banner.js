/** The banner over a board that may not be trusted: for how long, what it means, what to do. Seen across the room. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayLasting } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";

/** Catching up mostly takes a blink; only a longer one moves the tickets down. */
const CATCHING_SHOWN_AFTER_MS = 2_000;

export class HealthBanner {
  /** @param {{onRetry: () => void}} act */
  constructor(act) {
    this.symbol = h("span", { class: "banner-symbol" });
    this.title = h("strong", { class: "banner-title" });
    this.meaning = h("strong", {});
    this.advice = h("span", { class: "banner-advice" });
    this.retry = h(
      "button",
      { type: "button", class: "banner-button", onclick: () => act.onRetry() },
      keycap("retry"),
      say("banner.retry"),
    );
    this.node = h(
      "div",
      { class: "banner health-banner", hidden: true },
      this.symbol,
      this.title,
      h("div", { class: "banner-words" }, this.meaning, this.advice),
      this.retry,
    );
  }

  /** @param {{health: any, retryInMs: number | null, heardAt: number, timezone?: string, ending: {message: string} | null}} model */
  update({ health, retryInMs, heardAt, timezone, ending }) {
    const { phase, cause, silentMs } = health;
    const isShown = phase === "offline" || (phase === "catching" && silentMs > CATCHING_SHOWN_AFTER_MS);
    setAttribute(this.node, "hidden", !isShown);
    if (!isShown) return;
    if (this.node.dataset.phase !== phase) this.symbol.replaceChildren(icon(phase === "offline" ? "offline" : "sync"));
    setAttribute(this.node, "data-phase", phase);
    setText(this.title, phase === "offline" ? say("banner.offline", { ago: sayLasting(silentMs) }) : say("banner.catching"));
    setText(this.meaning, meaningOf(phase, cause, ending));
    const asAt = heardAt > 0 ? say("banner.asAt", { time: timeOfDay(heardAt, timezone, { seconds: true }) }) : "";
    const advice = phase === "offline" ? [say("banner.kept"), tryingWords(retryInMs)] : [say("banner.coming")];
    setText(this.advice, [asAt, ...advice].filter(Boolean).join(" "));
    setAttribute(this.retry, "hidden", cause === "server");
  }

  /** What it says is of a picture that is no longer painted. */
  hide() {
    setAttribute(this.node, "hidden", true);
  }
}

function meaningOf(phase, cause, ending) {
  if (ending) return ending.message;
  if (phase === "catching") return say("banner.fetching");
  return say(cause === "server" ? "banner.server" : "banner.link");
}

function tryingWords(retryInMs) {
  if (retryInMs === null) return "";
  return say("banner.trying", { seconds: Math.max(1, Math.ceil(retryInMs / 1000)) });
}
