/**
 * Allergens as guests know them: the fourteen of Regulation (EU) 1169/2011, Annex II, whatever a menu of one of the languages of the pages calls them, in the
 * reader's language; and what of a basket holds one that its guest avoids. One that is none of these keeps the menu's word.
 */

import { folded, knows, say } from "../text/words.js";

/** What menus write, folded, by the name of the text that tells it. */
const WRITTEN = {
  gluten: "gluten, wheat, rye, barley, oats, spelt, cereals, weizen, getreide, roggen, gerste, hafer, dinkel, frumento, grano, glutine, cereali, orzo, segale, avena, farro, cereals containing gluten, trigo, centeno, cebada, espelta, cereales, cereales con gluten, cereales que contengan gluten, ble, froment, seigle, orge, avoine, epeautre, cereales contenant du gluten, glutenhaltiges getreide, cereali contenenti glutine, غلوتين, الغلوتين, جلوتين, قمح, القمح, شعير, حبوب, حبوب تحتوي علي الغلوتين, 麸质, 小麦, 大麦, 黑麦, 燕麦, 谷物, 含麸质谷物, 含麸质的谷物",
  crustaceans: "crustaceans, crustacean, crustacea, prawns, prawn, shrimp, shrimps, crab, lobster, krebstiere, krebse, garnelen, crostacei, gamberi, crustaceos, gambas, camarones, cangrejo, langosta, crustaces, crevettes, crabe, homard, قشريات, القشريات, روبيان, جمبري, 甲壳类, 甲壳纲动物, 甲壳类动物, 虾, 蟹",
  eggs: "eggs, egg, ei, eier, uova, uovo, huevos, huevo, oeufs, oeuf, بيض, البيض, 蛋类, 蛋, 鸡蛋",
  fish: "fish, fisch, pesce, anchovy, anchovies, pescado, pescados, anchoas, poissons, poisson, anchois, سمك, السمك, اسماك, الاسماك, 鱼类, 鱼",
  peanuts: "peanuts, peanut, groundnuts, groundnut, erdnusse, erdnuss, arachidi, arachide, cacahuetes, cacahuete, mani, cacahuates, arachides, cacahouetes, cacahouete, فول سوداني, الفول السوداني, 花生",
  soya: "soya, soy, soybeans, soybean, soybohnen, soja, sojabohnen, soia, صويا, الصويا, فول الصويا, 大豆, 黄豆",
  milk: "milk, dairy, lactose, butter, cheese, cream, milch, laktose, kase, sahne, latte, lattosio, formaggio, burro, panna, leche, lactosa, queso, nata, mantequilla, lacteos, lait, fromage, beurre, creme, حليب, الحليب, لبن, منتجات الالبان, البان, الالبان, جبن, زبده, 乳制品, 牛奶, 奶, 乳, 奶类, 乳类, 乳糖, 奶酪, 黄油",
  nuts: "nuts, nut, tree nuts, tree nut, almonds, almond, hazelnuts, hazelnut, walnuts, walnut, cashews, cashew, pistachios, pistachio, pecan, pecans, macadamia, nusse, schalenfruchte, mandeln, haselnusse, walnusse, frutta a guscio, noci, mandorle, nocciole, pistacchi, frutos de cascara, frutos secos, nueces, nuez, almendras, avellanas, anacardos, pistachos, fruits a coque, noix, amandes, noisettes, noix de cajou, pistaches, schalenfruchte (nusse), مكسرات, المكسرات, لوز, جوز, بندق, فستق, كاجو, 坚果, 杏仁, 核桃, 榛子, 腰果, 开心果",
  celery: "celery, celeriac, sellerie, sedano, apio, celeri, كرفس, الكرفس, 芹菜",
  mustard: "mustard, senf, senape, mostaza, moutarde, خردل, الخردل, 芥末, 芥菜",
  sesame: "sesame, sesame seeds, sesam, sesamo, tahini, granos de sesamo, ajonjoli, graines de sesame, سمسم, السمسم, طحينه, 芝麻",
  sulphites: "sulphites, sulphite, sulfites, sulfite, sulphur dioxide, sulfur dioxide, sulfite, schwefeldioxid, solfiti, anidride solforosa, sulfitos, dioxido de azufre, dioxido de azufre y sulfitos, anhydride sulfureux, anhydride sulfureux et sulfites, schwefeldioxid und sulfite, anidride solforosa e solfiti, كبريتيت, ثاني اكسيد الكبريت, 亚硫酸盐, 二氧化硫",
  lupin: "lupin, lupins, lupine, lupinen, lupini, lupino, altramuces, altramuz, ترمس, الترمس, 羽扇豆",
  molluscs: "molluscs, mollusc, mollusks, mollusk, mussels, oysters, squid, weichtiere, muscheln, molluschi, cozze, calamari, moluscos, mejillones, ostras, mollusques, moules, huitres, رخويات, الرخويات, محار, 软体动物, 贝类, 牡蛎",
};
/** Words for several of them, folded: they stay as the menu has them, and may be each of these. */
const SEVERAL = new Map(Object.entries({
  shellfish: ["crustaceans", "molluscs"],
  schalentiere: ["crustaceans", "molluscs"],
  meeresfruchte: ["crustaceans", "molluscs"],
  "frutti di mare": ["crustaceans", "molluscs"],
  marisco: ["crustaceans", "molluscs"],
  mariscos: ["crustaceans", "molluscs"],
  "fruits de mer": ["crustaceans", "molluscs"],
  "ماكولات بحريه": ["fish", "crustaceans", "molluscs"],
  海鲜: ["fish", "crustaceans", "molluscs"],
  seafood: ["fish", "crustaceans", "molluscs"],
}));
const KEYS = new Map(Object.entries(WRITTEN).flatMap(([key, words]) => words.split(", ").map((word) => [word, key])));

/** What an allergen is compared by: the same for `Milk`, `milk` and `latte`. @param {string} text as the menu has it */
export function allergenKey(text) {
  const word = folded(text).replace(/\s+/g, " ").trim();
  return KEYS.get(word) ?? word;
}

/** In the reader's language. @param {string} text as the menu has it */
export function allergenWords(text) {
  const name = `allergen.${allergenKey(text)}`;
  return knows(name) ? say(name) : text;
}

const keysOf = (text) => SEVERAL.get(allergenKey(text)) ?? [allergenKey(text)];

/** Those of a dish that a guest avoids, or that may be it, in the menu's words. @param {any} dish @param {string[]} avoided in the menu's words */
export function avoidedIn(dish, avoided) {
  const keys = new Set(avoided.flatMap(keysOf));
  return dish.allergens.filter((allergen) => keysOf(allergen).some((key) => keys.has(key)));
}

/** Every allergen of a menu, each once, in the menu's words, in the order of the reader's. @param {any[]} dishes @returns {string[]} */
export function allergensOf(dishes) {
  const byKey = new Map();
  for (const allergen of dishes.flatMap((dish) => dish.allergens)) {
    if (!byKey.has(allergenKey(allergen))) byKey.set(allergenKey(allergen), allergen);
  }
  return [...byKey.values()].sort((a, b) => allergenWords(a).localeCompare(allergenWords(b)));
}

// Keeping is remembered for a dish and the allergens it had then: one that the menu gets later is asked about anew.
const keepingOf = (menuItemId, allergens) => `${menuItemId} ${allergens.map(allergenKey).sort().join(",")}`;

/**
 * @param {any} dish @param {string[]} avoided  @param {string[]} kept as `keep` made them
 * @returns {{allergens: string[], isKept: boolean}} in the menu's words; empty when there is nothing to ask
 */
export function conflictOf(dish, avoided, kept) {
  const allergens = dish ? avoidedIn(dish, avoided) : [];
  return { allergens, isKept: allergens.length > 0 && kept.includes(keepingOf(dish.menuItemId, allergens)) };
}

/** The guest wants this dish all the same. @returns {string[]} */
export function keep(dish, avoided, kept) {
  return [...new Set([...kept, keepingOf(dish.menuItemId, avoidedIn(dish, avoided))])];
}

/** @param {{menuItemId: string}[]} lines @param {Map<string, any>} dishes @returns {boolean} whether something is to be decided before it is ordered */
export function isUndecided(lines, dishes, { allergies, kept }) {
  return lines.some((line) => {
    const { allergens, isKept } = conflictOf(dishes.get(line.menuItemId), allergies, kept);
    return allergens.length > 0 && !isKept;
  });
}
