/** What a key means on the board. Pure; by `event.code`, so that a key means the same on every keyboard layout. */

/** The keys of the tickets of a page, in their order; the label is what the ticket shows. */
export const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

/**
 * Every command that a key can have: its name, how it is called, and its usual keys, the one that is shown first.
 * @type {{name: string, words: string, codes: string[], [more: string]: unknown}[]}
 */
export const COMMANDS = [
  ...DIGITS.map((digit, index) => ({
    id: `digit ${digit}`,
    name: "digit",
    index,
    words: `Ticket ${digit}`,
    codes: [`Digit${digit}`, `Numpad${digit}`],
  })),
  { id: "bump", name: "bump", words: "Bump", codes: ["Enter", "NumpadEnter", "Space"] },
  { id: "recall", name: "recall", words: "Undo, recall", codes: ["KeyR", "Backspace", "NumpadSubtract"] },
  { id: "items", name: "items", words: "Items", codes: ["KeyI"] },
  { id: "hold", name: "hold", words: "Hold, fire", codes: ["KeyH"] },
  { id: "rush", name: "rush", words: "Rush", codes: ["KeyP"] },
  { id: "seen", name: "seen", words: "Seen, take it off", codes: ["KeyV"] },
  { id: "up", name: "move", direction: "up", words: "Up", codes: ["ArrowUp"] },
  { id: "down", name: "move", direction: "down", words: "Down", codes: ["ArrowDown"] },
  { id: "left", name: "move", direction: "left", words: "Left", codes: ["ArrowLeft"] },
  { id: "right", name: "move", direction: "right", words: "Right", codes: ["ArrowRight"] },
  { id: "previous", name: "page", step: -1, words: "Previous page", codes: ["PageUp"] },
  { id: "next", name: "page", step: 1, words: "Next page", codes: ["PageDown"] },
  { id: "allDay", name: "allDay", words: "All day", codes: ["KeyS"] },
  { id: "station", name: "station", words: "Next station", codes: ["KeyF"] },
  { id: "expo", name: "expo", words: "Expo", codes: ["KeyX"] },
  { id: "layout", name: "layout", words: "Columns or grid", codes: ["KeyG"] },
  { id: "tab", name: "tab", words: "Next column", codes: ["KeyC"] },
  { id: "earlier", name: "earlier", words: "Earlier orders", codes: ["KeyL"] },
  { id: "sound", name: "sound", words: "Sound", codes: ["KeyM"] },
  { id: "theme", name: "theme", words: "Dark or light", codes: ["KeyT"] },
  { id: "larger", name: "zoom", step: 1, words: "Larger", codes: ["Equal", "NumpadAdd"] },
  { id: "smaller", name: "zoom", step: -1, words: "Smaller", codes: ["Minus"] },
  { id: "fullScreen", name: "fullScreen", words: "Full screen", codes: ["KeyU"] },
  { id: "settings", name: "settings", words: "Options", codes: ["KeyO"] },
  { id: "retry", name: "retry", words: "Try now", codes: ["KeyN"] },
  { id: "leave", name: "leave", words: "Leave, select nothing", codes: ["Escape"] },
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
 * @param {{code: string, repeat: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @param {ReturnType<typeof keyMap>} keys
 * @returns {{name: string, direction?: string, step?: number, index?: number} | null}
 *   null also for a key held down: a leaning elbow must not empty the board
 */
export function commandOf(event, keys) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return null;
  return keys.get(event.code) ?? null;
}

/** A key learned for one command is taken from whichever had learned it before. @param {Learned} learned */
export function learn(learned, id, code) {
  const others = Object.entries(learned).filter(([other, taken]) => other !== id && taken !== code);
  return { ...Object.fromEntries(others), [id]: code };
}

/** Which command loses its only key by this, in words; null when none does. @param {Learned} learned */
export function loserOf(learned, id, code) {
  const after = keyMap(learn(learned, id, code));
  const left = new Set([...after.values()].map((command) => command.id));
  const loser = COMMANDS.find((command) => command.id !== id && !left.has(command.id));
  return loser?.words ?? null;
}

const LABELS = {
  Escape: "Esc",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Equal: "+",
  Minus: "−",
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
