/** What of a header fits its one line: the state's word goes first, then the name gets smaller, then the bag or bike goes. Pure. */

const SMALLER = 17 / 19;
const LEAST_FONT_PX = 14;
/** At 100 %: the padding of both ends, the gap between parts, the room of an icon in parts of its size. */
const PADDING = 14;
const GAP = 5;
const ICON = 1.1;

/**
 * @param {{number: string, place: string, part: string, age: string, word: string, hasKey: boolean, hasTypeIcon: boolean, hasStateIcon: boolean}} head
 * @param {{widthPx: number, sizes: import("../../state/layouts/density.js").Sizes, textWidth: (text: string, px: number, weight: number) => number}} room
 * @returns {{hasWord: boolean, hasTypeIcon: boolean, placePx: number, isBelow: boolean}} `isBelow`: the name stands in a line of its own
 */
export function headFit(head, { widthPx, sizes, textWidth }) {
  const u = sizes.unit;
  const wide = (text, px, weight = 700) => (text ? textWidth(text, px, weight) + GAP * u : 0);
  const icon = (px) => px * ICON + GAP * u;
  const fixed =
    (PADDING - GAP) * u +
    (head.hasKey ? sizes.key + GAP * u : 0) +
    wide(head.number, sizes.number) +
    wide(head.part, sizes.word, 400) +
    wide(head.age, sizes.number) +
    (head.hasStateIcon ? icon(sizes.word) : 0);
  const smallPx = Math.max(LEAST_FONT_PX, sizes.place * SMALLER);
  const typeIcon = head.hasTypeIcon ? icon(sizes.place) : 0;
  const choices = [
    { hasWord: true, hasTypeIcon: head.hasTypeIcon, placePx: sizes.place },
    { hasWord: false, hasTypeIcon: head.hasTypeIcon, placePx: sizes.place },
    { hasWord: false, hasTypeIcon: head.hasTypeIcon, placePx: smallPx },
    { hasWord: false, hasTypeIcon: false, placePx: smallPx },
  ];
  const fits = ({ hasWord, hasTypeIcon, placePx }) =>
    fixed + wide(head.place, placePx) + (hasTypeIcon ? typeIcon : 0) + (hasWord ? wide(head.word, sizes.word) : 0) <= widthPx;
  const found = choices.find(fits);
  if (found) return { ...found, isBelow: false };
  const hasWord = fixed + typeIcon + wide(head.word, sizes.word) <= widthPx;
  return { hasWord, hasTypeIcon: head.hasTypeIcon && fixed + typeIcon <= widthPx, placePx: smallPx, isBelow: head.place !== "" };
}
