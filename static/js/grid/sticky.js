// Titles stick to the left edge while the table is scrolled sideways, and only those around the window: every sticky cell
// is a layer of its own, and hundreds of them make typing slow. Which ones do changes in large steps, since each change
// lays the whole table out.

import { mark } from "../dom.js";
import { hear, tell } from "../signal.js";
import { body, table } from "./cells.js";

const AROUND = 30;
const ENOUGH = 5;
const seen = new Set();
const watched = new WeakSet();
let near = new Set();
let watcher = null;

function watch() {
  for (const row of body().rows) {
    if (watched.has(row)) continue;
    watched.add(row);
    watcher.observe(row);
  }
}

function looked(found) {
  // The page is wiped when my rights have changed.
  if (!table()) return;
  for (const { target, isIntersecting } of found) {
    if (isIntersecting) seen.add(target);
    else seen.delete(target);
  }
  const rows = [...body().rows];
  const places = [...seen].map((row) => rows.indexOf(row)).filter((place) => place >= 0);
  const [from, to] = [Math.min(...places), Math.max(...places)];
  const isEnough = rows.slice(Math.max(0, from - ENOUGH), to + ENOUGH).every((row) => near.has(row));
  if (!places.length || isEnough) return;
  const wanted = new Set(rows.slice(Math.max(0, from - AROUND), to + AROUND));
  for (const row of near) if (!wanted.has(row)) mark(row, "data-near", false);
  for (const row of wanted) mark(row, "data-near", true);
  near = wanted;
  tell("near");
}

/** Whether a row is in the window, or near it. */
export const isNear = (row) => near.has(row);

export function start() {
  const wrap = table().parentElement;
  watcher = new IntersectionObserver(looked, { root: wrap });
  wrap.addEventListener("scroll", () => mark(wrap, "data-sideways", wrap.scrollLeft > 0), { passive: true });
  hear("board", ({ changed }) => changed && watch());
  watch();
}
