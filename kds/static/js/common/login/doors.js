/** Which page is whose: where a login of each rank leads, and in which part of the device's storage that page keeps it. */

import { Session, storageOf } from "./session.js";
import { deviceStorage } from "../device/settings.js";

const kitchen = { title: "kitchen.title", path: () => "/kitchen", session: () => new Session() };
/** Kept by the tab alone: a manager's device may be anybody's tomorrow. */
const office = { title: "office.backOffice", path: () => "/manager", session: () => new Session(storageOf("kds.manager", deviceStorage("sessionStorage"))) };
const DOORS = {
  OWNER: office,
  MANAGER: office,
  KITCHEN: kitchen,
  PICKUP: { title: "pickup.title", path: ({ branchId }) => `/pickup/${branchId}`, session: () => new Session(storageOf("kds.pickup")) },
};

/** The name, in the catalogues, of the page for a role; null: there is none for it yet. @param {string} role @returns {string | null} */
export const pageFor = (role) => DOORS[role]?.title ?? null;

/** The login of the back office in this tab. */
export const officeSession = () => office.session();

/** Goes to the page of this login, signed in. @param {{token: string, role: string, branchId: string, expiresAt: string}} login */
export function openPageFor(login) {
  const door = DOORS[login.role];
  door.session().open(login);
  location.assign(door.path(login));
}
