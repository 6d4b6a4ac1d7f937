/** Finds the dishes that a guest means: accents and case do not matter, nor the order of the words. Pure but for the catalogue. */

import { folded, foldedWords } from "../text.js";
import { allergenWords } from "./allergens.js";

/** @param {string} text what was typed @returns {(dish: any) => boolean} whether every word begins, or stands inside, one of the dish's */
export function searchFor(text) {
  const wanted = foldedWords(text);
  return (dish) => {
    if (wanted.length === 0) return true;
    const known = wordsOf(dish);
    return wanted.every((word) => known.includes(word));
  };
}

function wordsOf({ name, description, section, allergens }) {
  return folded([name, description ?? "", section, ...allergens, ...allergens.map(allergenWords)].join(" "));
}
