/** A bump bar has no Tab: its arrows go from one control of a dialog to the next. */

/** @param {KeyboardEvent} event @param {string} direction @param {Element} dialog */
export function walk(event, direction, dialog) {
  const isSideways = direction === "left" || direction === "right";
  if (isSideways && event.target.matches("input")) return; // it moves in the text
  event.preventDefault();
  const controls = [...dialog.querySelectorAll("button, input")].filter((node) => node.offsetParent !== null);
  const step = direction === "up" || direction === "left" ? -1 : 1;
  const next = controls.indexOf(document.activeElement) + step + controls.length;
  controls[next % controls.length].focus();
}
