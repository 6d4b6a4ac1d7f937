/** Inline icons on a 24 grid, drawn through the DOM API; beside a word or a label, so hidden from screen readers. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  check: ["M4 12.5 9.5 18 20 6.5"],
  clock: ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M12 7v5l3 2"],
  warning: ["M12 2.5 1.2 21.5h21.6Z M10.8 9h2.4v6.4h-2.4Z M10.8 17h2.4v2.4h-2.4Z"],
  rush: ["M4 5l7 7-7 7", "M12 5l7 7-7 7"],
  recall: ["M9 5 4 10l5 5", "M4 10h10a5 5 0 0 1 0 10h-3"],
  plus: ["M12 5v14", "M5 12h14"],
  minus: ["M5 12h14"],
  note: ["M4 5h16v11H10l-4 4v-4H4Z"],
  void: ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M6 6l12 12"],
  soldOut: ["M3 12h18a9 9 0 0 1-7 8h-4a9 9 0 0 1-7-8Z", "M5 3l14 5", "M19 3 5 8"],
  offline: [
    "M3 3l18 18",
    "M2.5 9.5a14 14 0 0 1 5-3",
    "M11 5.3a14 14 0 0 1 10.5 4.2",
    "M6 13.3a9 9 0 0 1 4-2.3",
    "M15.5 11.8a9 9 0 0 1 2.5 1.5",
    "M9.5 17a4 4 0 0 1 5 0",
  ],
  sync: ["M20 6v5h-5", "M4 18v-5h5", "M5.5 9.5a7.5 7.5 0 0 1 13-1.5L20 11", "M18.5 14.5a7.5 7.5 0 0 1-13 1.5L4 13"],
  sound: ["M4 9.5v5h4l5 4v-13l-5 4Z", "M16.5 9a4.5 4.5 0 0 1 0 6", "M19 6.5a8 8 0 0 1 0 11"],
  silent: ["M4 9.5v5h4l5 4v-13l-5 4Z", "M16.5 9.5l5 5", "M21.5 9.5l-5 5"],
  pause: ["M9 5v14", "M15 5v14"],
  waiting: ["M12 3v11", "M7 10l5 5 5-5", "M4 20h16"],
  columns: ["M4 4v16", "M10 4v16", "M16 4v16", "M20 4v16", "M4 4h16", "M4 20h16"],
  grid: ["M4 4h7v7H4Z", "M13 4h7v7h-7Z", "M4 13h7v7H4Z", "M13 13h7v7h-7Z"],
  list: ["M4 6h16", "M4 12h16", "M4 18h16"],
  settings: ["M4 7h9", "M19 7h1", "M16 4.5v5", "M4 17h1", "M11 17h9", "M8 14.5v5"],
  up: ["M5 15l7-7 7 7"],
  down: ["M5 9l7 7 7-7"],
  left: ["M15 5l-7 7 7 7"],
  right: ["M9 5l7 7-7 7"],
  more: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
  lanes: ["M4 4h4v16H4Z", "M10 4h4v16h-4Z", "M16 4h4v16h-4Z"],
  bag: ["M4.5 8h15l1 13h-17Z", "M8.5 11V7a3.5 3.5 0 0 1 7 0v4"],
  bike: ["M5.5 13a4 4 0 1 0 0 8a4 4 0 1 0 0-8", "M18.5 13a4 4 0 1 0 0 8a4 4 0 1 0 0-8", "M5.5 17l4-8h6l3 8", "M12 17l3.5-8", "M15 5h3"],
  people: ["M9 4a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7", "M2.5 20a6.5 6.5 0 0 1 13 0", "M16 4.5a3.5 3.5 0 0 1 0 6.5", "M18 14a6.5 6.5 0 0 1 3.5 6"],
  gauge: ["M3.5 18a9.5 9.5 0 1 1 17 0", "M12 14l4-5"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13", "M15.5 15.5 21 21"],
  close: ["M5 5l14 14", "M19 5 5 19"],
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  for (const data of PATHS[name]) svg.append(path(data));
  return svg;
}

function path(data) {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", data);
  return node;
}
