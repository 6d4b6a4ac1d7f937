/** Digits as people type them: Western ones, Arabic-Indic as Arabic and as Persian keyboards have them, full width. Pure. */

/** By the code point of its zero. */
const ZEROS = [0x0660, 0x06f0, 0xff10];

/** In Western digits; all else stays as it is. @param {string} text */
export function westernDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const zero = ZEROS.find((each) => digit.codePointAt(0) >= each && digit.codePointAt(0) <= each + 9);
    return zero === undefined ? digit : String(digit.codePointAt(0) - zero);
  });
}
