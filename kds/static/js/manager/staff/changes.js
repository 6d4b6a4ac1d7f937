/** The changes of one member as requests; each throws when it was refused. */

/**
 * @param {import("../office/office-api.js").OfficeApi} api
 * @param {string} staffId
 */
export function changesOf(api, staffId) {
  const path = `/manager/staff/${staffId}`;
  const ask = (method, ending, body, branchId) => api.ask(method, path + ending, body, branchId);
  return {
    role: (role) => ask("PATCH", "", { role }),
    leave: (branchId) => ask("PATCH", "", { role: null }, branchId),
    join: (branchId, role) => ask("POST", "/branches", { branchId, role }),
    active: (active) => ask("PATCH", "", { active }),
    endSessions: () => ask("POST", "/end-sessions", {}),
    password: () => ask("POST", "/password", {}),
  };
}
