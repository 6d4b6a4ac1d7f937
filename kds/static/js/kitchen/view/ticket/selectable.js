/** Selecting a ticket without a key: a tap beside its buttons, a long press anywhere, with a mouse the right button. */

const LONG_PRESS_MS = 500;

/** @param {HTMLElement} node  @param {() => void} onSelect */
export function selectable(node, onSelect) {
  const press = { timer: 0, isTouch: false, isLong: false };
  const end = () => clearTimeout(press.timer);
  node.onpointerdown = ({ pointerType }) => {
    end();
    press.isLong = false;
    press.isTouch = pointerType !== "mouse";
    if (press.isTouch) press.timer = setTimeout(() => lasted(press, onSelect), LONG_PRESS_MS);
  };
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) node.addEventListener(name, end);
  node.oncontextmenu = (event) => {
    event.preventDefault();
    if (!press.isTouch) onSelect();
  };
  node.addEventListener("click", (event) => swallowAfterLong(press, event), { capture: true });
  node.onclick = (event) => {
    if (!event.target.closest("button")) onSelect();
  };
}

function lasted(press, onSelect) {
  press.isLong = true;
  onSelect();
}

/** The click at the end of a long press would bump what it selected. */
function swallowAfterLong(press, event) {
  if (!press.isLong) return;
  press.isLong = false;
  event.stopPropagation();
}
