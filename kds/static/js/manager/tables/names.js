/** Table names as a person writes them: `T1-T3, Bar` is T1, T2, T3 and Bar. Pure. */

const MOST = 200;
const RANGE = /^(\D*)(\d+)\s*(?:-|–|\.\.)\s*(\D*)(\d+)$/;

/** @returns {string[]} each once, in the order written, at most 200 */
export function tableNames(text) {
  const names = text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap(expand);
  return [...new Set(names)].slice(0, MOST);
}

function expand(part) {
  const [, prefix, from, again, to] = RANGE.exec(part) ?? [];
  const isRange = from !== undefined && (again === "" || again === prefix) && Number(from) <= Number(to);
  if (!isRange) return [part];
  const count = Math.min(MOST, Number(to) - Number(from) + 1);
  return Array.from({ length: count }, (_, index) => `${prefix}${Number(from) + index}`);
}
