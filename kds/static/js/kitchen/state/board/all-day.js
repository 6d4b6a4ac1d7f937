/** All day: how many of each dish are still to be cooked, counted from the very tickets on the board. Pure. */

/**
 * @param {import("../ticket/ticket-view.js").TicketView[]} views  the tickets SENT
 * @returns {{dishes: {name: string, count: number}[], total: number}}
 *   the largest count first; what is done, voided, held or a part of another is not counted
 */
export function allDay(views) {
  const counts = new Map();
  for (const view of views) {
    if (view.column !== "SENT" || view.isVoid || view.isHeld) continue;
    for (const row of view.rows) {
      if (row.kind !== "item" || row.isDone || row.isVoid || row.isHeld || row.isPart) continue;
      counts.set(row.name, (counts.get(row.name) ?? 0) + row.quantity);
    }
  }
  const dishes = [...counts].map(([name, count]) => ({ name, count }));
  dishes.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  return { dishes, total: dishes.reduce((sum, { count }) => sum + count, 0) };
}
