// What each row is on the screen for: now, next, turn (mine, and soon), mine, also, later. A row without a slot is not on Now and Call.

import { mark } from "./dom.js";
import { entry } from "./sheet.js";

let held = new Map();

/** Give these rows their slots, and take them from all others: a map from id to slot. */
export function setSlots(wanted) {
  for (const id of held.keys()) if (!wanted.has(id)) set(id, false);
  for (const [id, slot] of wanted) set(id, slot);
  held = wanted;
}

function set(id, slot) {
  const found = entry(id);
  if (found) mark(found.el, "data-slot", slot);
}
