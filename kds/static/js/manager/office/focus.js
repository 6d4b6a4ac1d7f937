/** The focus is the reader's: an answer that comes late moves it only if it was left where it stood. */

/** @returns {() => boolean} whether it is still where it is now, or nowhere */
export function keptFocus() {
  const { activeElement } = document;
  return () => [activeElement, document.body, null].includes(document.activeElement);
}
