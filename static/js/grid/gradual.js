// A long table is laid out bit by bit: first the rows around the one on which one stands, so that one reads and types at
// once, then the others, before anybody has scrolled to them. What one looks at doesn't move meanwhile.

import { mark } from "../dom.js";
import { hear } from "../signal.js";
import { active, shownRows, table } from "./cells.js";

const AROUND = 40;
const AT_ONCE = 50;
let late = [];

/** Leave the rows out that are far from the active one, before the table is laid out. */
export function holdBack() {
  const rows = shownRows();
  const place = rows.indexOf(active()?.tr);
  late = rows.length > 4 * AROUND ? rows.filter((_, each) => Math.abs(each - Math.max(0, place)) > AROUND) : [];
  for (const row of late) mark(row, "data-late", true);
}

/** Bring them in when the first ones have been painted. */
export function bringIn() {
  if (late.length) requestAnimationFrame(() => setTimeout(bring));
}

function bring() {
  still(() => late.splice(0, AT_ONCE));
  bringIn();
}

/** Show rows, and let the active one stand where it stood. */
function still(taken) {
  const here = active()?.tr;
  const top = here?.getBoundingClientRect().top;
  for (const row of taken()) mark(row, "data-late", false);
  if (here && !here.hidden) table().parentElement.scrollTop += here.getBoundingClientRect().top - top;
}

export function start() {
  // Who goes to a row that isn't there yet doesn't wait for it.
  for (const name of ["cell", "filtered"]) hear(name, () => late.length && still(() => late.splice(0)));
}
