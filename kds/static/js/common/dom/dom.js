/**
 * Builds and patches DOM nodes through the DOM API alone, so that no text from outside ever becomes markup.
 * Every component of every page stands on these four functions.
 */

/**
 * A new element. `class` and attributes by name, `on*` functions as listeners, `false`/`null` left out.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node[name] = value;
    else setAttribute(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Changes the text only when it differs, so that nothing is painted or announced twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets, or with false/null/undefined takes away, one attribute; `true` sets it empty. */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Makes `parent` hold exactly `nodes`, in this order, moving only those out of place (focus survives). */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

/**
 * A list of components by key: `list.update([...values])` makes, updates and drops them as the values say.
 * A component is anything with `node` and `update(value)`; `drop` hears of those that left.
 */
export class KeyedList {
  /** @param {Element} parent  @param {(value) => string} keyOf  @param {(value) => {node: Element, update: Function}} make */
  constructor(parent, keyOf, make) {
    this.parent = parent;
    this.keyOf = keyOf;
    this.make = make;
    this.components = new Map();
  }

  update(values) {
    const next = new Map();
    for (const value of values) {
      const key = this.keyOf(value);
      const component = this.components.get(key) ?? this.make(value);
      component.update(value);
      next.set(key, component);
    }
    this.components = next;
    reconcile(
      this.parent,
      [...next.values()].map((component) => component.node),
    );
  }
}
