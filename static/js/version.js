// How far the sheet is published: v7, or v7+ once something went out by itself since; and whether edits wait.

import { show } from "./dom.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

const facts = () => rowOf("sheet-sheet")?.dataset ?? {};

/** The last version's number, 0 before the first. */
export const number = () => Number(facts().number ?? 0);

/** Since when and by whom the whole event is in live mode; null if it isn't. */
export const liveSince = () => (facts().live ? { at: Number(facts().live), by: facts().liveby } : null);

/** Whether somebody's own edits go out as they are made. */
export const isLiveFor = (member) => number() === 0 || Boolean(facts().live) || (facts().editors ?? "").split(" ").includes(member);

/** Whether something has gone out by itself since the last version. */
export const isEdited = () => Boolean(facts().edited);

/** From what shift on people are told, in seconds. */
export const threshold = () => Number(facts().threshold ?? 300);

const refresh = () => show("version", facts().label ?? "");

export function start() {
  hear("rows", ({ changed }) => changed.includes("sheet-sheet") && refresh());
  refresh();
}
