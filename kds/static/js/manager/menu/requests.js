/** What the menu asks of the server; each throws when it was refused. */

/** @param {import("../office/office-api.js").OfficeApi} api */
export function menuRequests(api) {
  const dish = (id) => `/manager/menu/${encodeURIComponent(id)}`;
  return {
    menu: () => api.ask("GET", "/manager/menu"),
    add: (body) => api.ask("POST", "/manager/menu", body),
    change: (id, body) => api.ask("PATCH", dish(id), body),
    remove: (id) => api.ask("DELETE", dish(id)),
    order: (menuItemIds) => api.ask("PUT", "/manager/menu/order", { menuItemIds }),
    stock: (id, wanted) => api.ask("PATCH", `/kitchen/dish/${encodeURIComponent(id)}`, wanted),
  };
}
