/** What the section Stations asks of the server; each throws when it was refused. */

const PATH = "/manager/stations";

/** @param {import("../office/office-api.js").OfficeApi} api */
export function stationRequests(api) {
  const station = (name) => `${PATH}?station=${encodeURIComponent(name)}`;
  return {
    /** @returns {Promise<{stations: {name: string, dishes: number, tickets: number}[], strays: {name: string, orders: number}[]}>} */
    read: () => api.ask("GET", PATH),
    /** @returns {Promise<{name: string}>} */
    add: (name) => api.ask("POST", PATH, { name }),
    /** @returns {Promise<{name: string, left: number}>} `left`: orders whose tickets others hold */
    rename: (was, name) => api.ask("PATCH", station(was), { name }),
    order: (stations) => api.ask("PUT", `${PATH}/order`, { stations }),
    /** @param {string} to empty: to the kitchen as a whole @returns {Promise<{left: number}>} */
    remove: (name, to) => api.ask("DELETE", station(name) + (to && `&to=${encodeURIComponent(to)}`)),
  };
}
