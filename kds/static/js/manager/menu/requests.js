/** What the menu asks of the server, in its own branch whichever is chosen by then; each throws when it was refused. */

/** @param {import("../office/office-api.js").OfficeApi} api @param {string} branchId */
export function menuRequests(api, branchId) {
  const ask = (method, path, body) => api.ask(method, path, body, branchId);
  const dish = (id) => `/manager/menu/${encodeURIComponent(id)}`;
  return {
    menu: () => ask("GET", "/manager/menu"),
    add: (body) => ask("POST", "/manager/menu", body),
    change: (id, body) => ask("PATCH", dish(id), body),
    remove: (id) => ask("DELETE", dish(id)),
    order: (menuItemIds) => ask("PUT", "/manager/menu/order", { menuItemIds }),
    stock: (id, wanted) => ask("PATCH", `/kitchen/dish/${encodeURIComponent(id)}`, wanted),
  };
}
