"""What every picture of a board keeps to, asked of the page itself: nothing cut, covered, too small, without a dish."""

from __future__ import annotations

FLAWS = """() => {
  const found = [];
  // names that stand whole in the ticket, in a list or in the order's label, and are an index here
  const SHORTENED =
    ".pass-row, .completed-row, .bar-place, .undo-action, .station-chosen, .hole, .all-day-dish";
  const HIDDEN = ".for-readers, .shelf, .branch, [hidden], [inert], dialog:not([open]), noscript";
  const isHidden = (node) => node.closest(HIDDEN) || getComputedStyle(node).visibility === "hidden";
  const numberOf = (node) => node.closest("[data-number]")?.dataset.number ?? "";
  const words = (node) => `${numberOf(node)} ${node.className}: ${node.textContent.slice(0, 50)}`;
  const walker = document.createTreeWalker(document.querySelector(".kitchen"), NodeFilter.SHOW_TEXT);
  const list = document.querySelector(".list-lane, .layout-list .rail");
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const node = text.parentElement;
    if (!text.data.trim() || isHidden(node)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    if (parseFloat(getComputedStyle(node).fontSize) < 14) found.push(`small: ${words(node)}`);
    const scroller = node.closest(".list-lane, .layout-list .rail, dialog");
    for (let parent = node; parent && parent !== scroller; parent = parent.parentElement) {
      if (getComputedStyle(parent).overflowX !== "hidden" || node.closest(SHORTENED)) continue;
      const room = parent.getBoundingClientRect();
      const isWide = box.left < room.left - 1 || box.right > room.right + 1;
      if (isWide || box.top < room.top - 3 || box.bottom > room.bottom + 3)
        found.push(`cut by ${parent.className}: ${words(node)}`);
    }
    if (scroller || getComputedStyle(node).pointerEvents === "none") continue;
    if (node.closest(SHORTENED)) continue;
    if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1)
      found.push(`outside: ${words(node)}`);
    const y = box.top + box.height / 2;
    for (const x of [box.left + 2, box.right - 2]) {
      const above = document.elementFromPoint(x, y);
      if (above && !above.contains(node) && !node.contains(above) && !node.closest("button")?.contains(above))
        found.push(`covered by ${above.className}: ${words(node)}`);
    }
  }
  const tickets = [...document.querySelectorAll(":is(.lanes, .cells) .ticket")];
  const boxes = tickets.map((node) => node.getBoundingClientRect());
  tickets.forEach((ticket, index) => {
    const a = boxes[index];
    if (!ticket.dataset.orderId) found.push(`a part without its order: ${words(ticket)}`);
    const hasDish = ticket.matches(".unshown") || ticket.querySelector("[data-item-id]");
    if (!hasDish) found.push(`a part without a dish: ${words(ticket)}`);
    const inside = ticket.closest(".lanes, .cells").getBoundingClientRect();
    const isOver = a.bottom > inside.bottom + 1 || a.right > inside.right + 1;
    if (!list && isOver) found.push(`ticket over the edge: ${words(ticket)}`);
    boxes.slice(index + 1).forEach((b, at) => {
      const isApart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      if (!isApart) found.push(`ticket over ticket: ${words(ticket)} and ${words(tickets[index + 1 + at])}`);
    });
  });
  for (const row of document.querySelectorAll(".ticket .row[data-kind='more']")) {
    const before = row.previousElementSibling;
    if (before?.dataset.itemId !== row.dataset.itemId) found.push(`a modifier without its dish: ${words(row)}`);
  }
  for (const more of document.querySelectorAll(".more:not([hidden])")) {
    const box = more.getBoundingClientRect();
    const isUnder = (at) => at.bottom > box.top && at.top < box.bottom && at.right > box.left && at.left < box.right;
    if (boxes.some(isUnder)) found.push("the count of what follows lies over a ticket");
  }
  return [...new Set(found)];
}"""

SHOWN_WHOLE = """() => {
  const parts = new Map();
  for (const ticket of document.querySelectorAll(".lanes .ticket")) {
    parts.set(ticket.dataset.orderId, [...(parts.get(ticket.dataset.orderId) ?? []), ticket]);
  }
  const room = document.querySelector(".list-lane")?.getBoundingClientRect();
  const isSeen = (ticket) => !room || ticket.getBoundingClientRect().bottom <= room.bottom + 1;
  return [...parts.values()].filter((each) => each.at(-1).dataset.torn === undefined && each.every(isSeen)).length;
}"""
"""How many orders are on the first page with their header and all their dishes."""

CONTRAST = """() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const linear = (of) => (of <= 0.04045 ? of / 12.92 : ((of + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((of) => linear(of / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [0, 0, 0];
  };
  const poor = new Set();
  const walker = document.createTreeWalker(document.querySelector(".kitchen"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const isUnseen = node.closest(".for-readers, .shelf, [hidden], dialog:not([open]), :disabled");
    if (!walker.currentNode.data.trim() || isUnseen) continue;
    if (node.getBoundingClientRect().width === 0) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(groundOf(node))].sort((x, y) => x - y);
    const ratio = (b + 0.05) / (a + 0.05);
    if (ratio < 4.5) poor.add(`${ratio.toFixed(1)} ${node.className} ${node.textContent.slice(0, 30)}`);
  }
  return [...poor];
}"""
