// What others change above or around does not move what one looks at: after each change the row one stands on, or else
// the first one in sight, stands where it stood. Begin this last, when all others have arranged the rows.

import { rowOf } from "../rows.js";
import { hear } from "../signal.js";
import { active, table } from "./cells.js";
import { isTimeline } from "./layout.js";

const wrap = () => table().parentElement;
let held = null;
let frame = 0;

const topOf = (row) => row.getBoundingClientRect().top - wrap().getBoundingClientRect().top;

/** The row that shall not move: the active one if it is in sight, else the first below the head. */
function anchor() {
  const { left, top, height } = wrap().getBoundingClientRect();
  const mine = active()?.tr;
  if (mine && !mine.hidden && topOf(mine) > 0 && topOf(mine) < height) return mine;
  const under = document.elementFromPoint(left + 60, top + table().tHead.offsetHeight + 4);
  return under?.closest(".grid tbody tr") ?? null;
}

function remember() {
  if (isTimeline()) return;
  const row = anchor();
  held = row && { id: row.id, top: topOf(row) };
}

/** Once for all that happens before the next picture. */
function soon() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(remember);
}

function restore() {
  if (isTimeline()) return;
  const row = held && rowOf(held.id);
  if (row && !row.hidden) {
    const shift = topOf(row) - held.top;
    if (Math.abs(shift) > 0.5) wrap().scrollTop += shift;
  }
  soon();
}

export function start() {
  wrap().addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  hear("cell", soon);
  hear("filtered", soon);
  hear("folded", soon);
  hear("rows", restore);
  soon();
}
