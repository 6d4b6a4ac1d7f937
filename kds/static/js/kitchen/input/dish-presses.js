/** Turns presses in the list of dishes into changes: sold out, so many left, lifted; undo.js takes them back. */

import { say } from "../../common/text/words.js";
import { wantedToday } from "../state/board/dishes.js";

export class DishPresses {
  /** @param {{bumps: import("./bumps.js").Bumps, dishes: import("../dishes.js").Dishes, say: (text: string) => void}} wiring */
  constructor({ bumps, dishes, say: tell }) {
    this.bumps = bumps;
    this.dishes = dishes;
    this.tell = tell;
  }

  /** @param {import("../state/board/dishes.js").Dish} dish as it is shown @param {import("../state/board/dishes.js").Wanted} wanted @param {{clientX: number, clientY: number}} at 0 for a key */
  press(dish, wanted, { clientX, clientY }) {
    this.bumps.rememberTap({ x: clientX, y: clientY });
    const before = wantedToday(dish, this.bumps.clock.now());
    this.bumps.undoably(dish.name, () => this.send(dish, before), () => this.send(dish, wanted));
  }

  async send({ menuItemId, name }, wanted) {
    const change = { kind: "dish", orderId: `dish ${menuItemId}`, dishId: menuItemId, wanted };
    const ended = await this.bumps.sendAll([change], pressWords(name, wanted));
    await this.dishes.load();
    if (ended.every(({ isDone }) => isDone)) this.tell(isLifting(wanted) ? say("stock.back", { dish: name }) : pressWords(name, wanted));
    return ended;
  }
}

const isLifting = ({ soldOut, remaining }) => !soldOut && remaining === undefined;

/** @param {string} dish its name @param {import("../state/board/dishes.js").Wanted} wanted */
function pressWords(dish, wanted) {
  if (isLifting(wanted)) return say("act.lift", { dish });
  return wanted.soldOut ? say("act.soldOut", { dish }) : say("act.left", { dish, count: wanted.remaining });
}
