/** The ranks of staff as kds/web/login/ranks.py has them, and their names. Pure but for the words. */

import { say } from "../../common/text/words.js";

/** The highest first. */
const RANKS = { OWNER: 4, MANAGER: 3, KITCHEN: 2, WAITER: 2, PICKUP: 1 };
const NAMES = { OWNER: "role.owner", MANAGER: "role.manager", KITCHEN: "role.kitchen", WAITER: "role.waiter", PICKUP: "role.pickup" };
const DOES = { OWNER: "does.owner", MANAGER: "does.manager", KITCHEN: "does.kitchen", WAITER: "does.waiter", PICKUP: "does.pickup" };

const rankOf = (role) => RANKS[role] ?? 0;

/** Whether a login of this role opens the back office. @param {string} role */
export const mayManage = (role) => rankOf(role) >= RANKS.MANAGER;

/** Whether this role may change a member of the other one. */
export const outranks = (role, other) => rankOf(role) > rankOf(other);

/** Whether somebody of this role, who gives the other one, cannot take it back. */
export const isForGood = (role, given) => !outranks(role, given);

/** Those that this role may give, the highest first. @param {string} role @returns {string[]} */
export const rolesUpTo = (role) => Object.keys(RANKS).filter((each) => rankOf(each) <= rankOf(role));

/** A role that is younger than this page keeps the server's word. @param {string} role */
export const roleName = (role) => (NAMES[role] ? say(NAMES[role]) : role);

/** What a role may do, in a sentence. @param {string} role */
export const roleDoes = (role) => say(DOES[role]);
