/** What a key means on the board. Pure; by `event.code`, so that a key means the same on every keyboard layout. */

import { say } from "../../common/text/words.js";

/** The keys of the tickets of a page, in their order; the label is what the ticket shows. */
export const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

/**
 * Every command that a key can have: its name and its usual keys, the one that is shown first.
 * @type {{name: string, codes: string[], [more: string]: unknown}[]}
 */
export const COMMANDS = [
  ...DIGITS.map((digit, index) => ({
    id: `digit ${digit}`,
    name: "digit",
    index,
    codes: [`Digit${digit}`, `Numpad${digit}`],
  })),
  { id: "bump", name: "bump", codes: ["Enter", "NumpadEnter", "Space"] },
  { id: "recall", name: "recall", codes: ["KeyR", "Backspace", "NumpadSubtract"] },
  { id: "bringBack", name: "bringBack", codes: ["KeyE"] },
  { id: "items", name: "items", codes: ["KeyI"] },
  { id: "hold", name: "hold", codes: ["KeyH"] },
  { id: "rush", name: "rush", codes: ["KeyP"] },
  { id: "seen", name: "seen", codes: ["KeyV"] },
  { id: "whole", name: "whole", codes: ["KeyD"] },
  { id: "up", name: "move", direction: "up", codes: ["ArrowUp"] },
  { id: "down", name: "move", direction: "down", codes: ["ArrowDown"] },
  { id: "left", name: "move", direction: "left", codes: ["ArrowLeft"] },
  { id: "right", name: "move", direction: "right", codes: ["ArrowRight"] },
  { id: "previous", name: "page", step: -1, codes: ["PageUp"] },
  { id: "next", name: "page", step: 1, codes: ["PageDown"] },
  { id: "allDay", name: "allDay", codes: ["KeyS"] },
  { id: "station", name: "station", codes: ["KeyF"] },
  { id: "expo", name: "expo", codes: ["KeyX"] },
  { id: "layout", name: "layout", codes: ["KeyG"] },
  { id: "tab", name: "tab", codes: ["KeyC"] },
  { id: "soldOut", name: "soldOut", codes: ["KeyK"] },
  { id: "earlier", name: "earlier", codes: ["KeyL"] },
  { id: "sound", name: "sound", codes: ["KeyM"] },
  { id: "theme", name: "theme", codes: ["KeyT"] },
  { id: "density", name: "density", codes: ["KeyY"] },
  { id: "joinEqual", name: "joinEqual", codes: ["KeyJ"] },
  { id: "larger", name: "zoom", step: 1, codes: ["Equal", "NumpadAdd"] },
  { id: "smaller", name: "zoom", step: -1, codes: ["Minus"] },
  { id: "fullScreen", name: "fullScreen", codes: ["KeyU"] },
  { id: "settings", name: "settings", codes: ["KeyO"] },
  { id: "more", name: "more", codes: ["Period", "NumpadDecimal"] },
  { id: "help", name: "help", codes: ["Slash"] },
  { id: "retry", name: "retry", codes: ["KeyN"] },
  { id: "leave", name: "leave", codes: ["Escape"] },
];

/** Learned keys by the id of their command; what was not learned keeps its usual keys. @typedef {Record<string, string>} Learned */

/** @param {Learned} [learned] @returns {Map<string, (typeof COMMANDS)[number]>} by code */
export function keyMap(learned = {}) {
  const map = new Map();
  for (const command of COMMANDS) for (const code of command.codes) map.set(code, command);
  for (const command of COMMANDS) if (learned[command.id]) map.set(learned[command.id], command);
  return map;
}

/**
 * @param {{code: string, key?: string, repeat: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @param {ReturnType<typeof keyMap>} keys
 * @returns {{name: string, direction?: string, step?: number, index?: number} | null}
 *   null also for a key held down: a leaning elbow must not empty the board
 */
export function commandOf(event, keys) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return null;
  // the question mark stands on another key in every country
  return keys.get(event.key === "?" ? "Slash" : event.code) ?? null;
}

/** How a command is called. @param {string} id */
export function commandWords(id) {
  const [name, digit] = id.split(" ");
  return say(`key.${name}`, { digit });
}

/** A key learned for one command is taken from whichever had learned it before. @param {Learned} learned */
export function learn(learned, id, code) {
  const others = Object.entries(learned).filter(([other, taken]) => other !== id && taken !== code);
  return { ...Object.fromEntries(others), [id]: code };
}

/** Which command loses its only key by this; null when none does. @param {Learned} learned @returns {string | null} its id */
export function loserOf(learned, id, code) {
  const after = keyMap(learn(learned, id, code));
  const left = new Set([...after.values()].map((command) => command.id));
  const loser = COMMANDS.find((command) => command.id !== id && !left.has(command.id));
  return loser?.id ?? null;
}

const LABELS = {
  Escape: "Esc",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Equal: "+",
  Minus: "−",
  Period: ".",
  Slash: "?",
  NumpadAdd: "Num +",
  NumpadSubtract: "Num −",
  NumpadEnter: "Num Enter",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** What stands on the cap of a key. @param {string} code */
export function labelOf(code) {
  return LABELS[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
}

/** The label of the key of each command, by its id; empty when another command has taken it. @param {Learned} [learned] */
export function labelsOf(learned = {}) {
  const map = keyMap(learned);
  return new Map(
    COMMANDS.map((command) => {
      const codes = [learned[command.id], ...command.codes].filter((code) => code && map.get(code) === command);
      return [command.id, codes.length > 0 ? labelOf(codes[0]) : ""];
    }),
  );
}

/** The dishes that the digits choose, by row key. */
export function digitsOf(rows) {
  const dishes = rows.filter((row) => row.kind === "item" && !row.isVoid).slice(0, DIGITS.length);
  return new Map(dishes.map((row, index) => [row.key, DIGITS[index]]));
}
