/** What the section Stations asks of the server, in its own branch whichever is chosen by then; each throws when it was refused. */

const PATH = "/manager/stations";

/** @param {import("../office/office-api.js").OfficeApi} api @param {string} branchId */
export function stationRequests(api, branchId) {
  const ask = (method, path, body) => api.ask(method, path, body, branchId);
  const station = (name) => `${PATH}?station=${encodeURIComponent(name)}`;
  return {
    /** @returns {Promise<{stations: {name: string, dishes: number, tickets: number}[], strays: {name: string, orders: number}[]}>} */
    read: () => ask("GET", PATH),
    /** @returns {Promise<{name: string}>} */
    add: (name) => ask("POST", PATH, { name }),
    /** @returns {Promise<{name: string, left: number}>} `left`: orders whose tickets others hold */
    rename: (was, name) => ask("PATCH", station(was), { name }),
    order: (stations) => ask("PUT", `${PATH}/order`, { stations }),
    /** @param {string} to empty: to the kitchen as a whole @returns {Promise<{left: number}>} */
    remove: (name, to) => ask("DELETE", station(name) + (to && `&to=${encodeURIComponent(to)}`)),
  };
}
