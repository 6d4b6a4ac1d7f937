/** What a key means on the board. Pure; by `event.code`, so that a key means the same on every keyboard layout. */

const COMMANDS = {
  Enter: { name: "bump" },
  NumpadEnter: { name: "bump" },
  Space: { name: "bump" },
  KeyR: { name: "recall" },
  Backspace: { name: "recall" },
  NumpadSubtract: { name: "recall" },
  KeyI: { name: "items" },
  KeyH: { name: "hold" },
  KeyP: { name: "rush" },
  KeyV: { name: "seen" },
  KeyS: { name: "allDay" },
  KeyG: { name: "layout" },
  KeyX: { name: "expo" },
  KeyL: { name: "earlier" },
  KeyF: { name: "station" },
  KeyC: { name: "tab" },
  KeyT: { name: "theme" },
  KeyO: { name: "settings" },
  KeyN: { name: "retry" },
  ArrowUp: { name: "move", direction: "up" },
  ArrowDown: { name: "move", direction: "down" },
  ArrowLeft: { name: "move", direction: "left" },
  ArrowRight: { name: "move", direction: "right" },
  PageUp: { name: "page", step: -1 },
  PageDown: { name: "page", step: 1 },
  Escape: { name: "leave" },
};

/** The keys of the tickets of a page, in their order; the label is what the ticket shows. */
export const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

/**
 * @param {{code: string, repeat: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @returns {{name: string, direction?: string, step?: number, index?: number} | null}
 *   null also for a key held down: a leaning elbow must not empty the board
 */
export function commandOf(event) {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return null;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return { name: "digit", index: DIGITS.indexOf(digit[1]) };
  return COMMANDS[event.code] ?? null;
}
