// Rows that are chosen together, as in a spreadsheet. They are known by their ids, so what others do doesn't change the
// choice; what a filter or a fold hides isn't chosen for as long as it is hidden.

import { mark } from "../dom.js";
import { entries, entry, timesOf } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { active, isShown, nextRow, select, shownRows } from "./cells.js";
import { isNear } from "./sticky.js";

const chosen = new Set();
let anchor = null;
// The rows of the last stretch, which a longer or shorter one takes the place of.
let stretch = [];
let frame = 0;

/** The ids of the chosen rows in sight, from top to bottom. */
export const picked = () => (chosen.size ? shownRows().map(({ dataset }) => dataset.id).filter((id) => chosen.has(id)) : []);

/** What an action is about: the chosen rows, or else the one that one stands on. */
export function meant() {
  const ids = picked();
  const here = active();
  return ids.length ? ids : here && isShown(here.tr) ? [here.id] : [];
}

export const isPicked = (id) => chosen.has(id);

export function clear() {
  if (!chosen.size) return false;
  chosen.clear();
  [anchor, stretch] = [null, []];
  show();
  return true;
}

/** Choose these rows and no others. */
export function pick(ids) {
  chosen.clear();
  for (const id of ids) chosen.add(id);
  [anchor, stretch] = [ids[0] ?? null, [...ids]];
  show();
}

export const pickAll = () => pick(shownRows().map(({ dataset }) => dataset.id));

/** Choose a row or let go of it. The first one that is added to brings the row along on which one stood. */
export function toggle(id) {
  const here = active()?.id;
  if (!chosen.size && here && here !== id) chosen.add(here);
  if (!chosen.delete(id)) chosen.add(id);
  [anchor, stretch] = [id, [id]];
  show();
}

/** Choose all from where the choice began to a row, in place of the last such stretch. */
export function reach(id) {
  anchor ??= active()?.id ?? id;
  const ids = shownRows().map(({ dataset }) => dataset.id);
  const [from, to] = [ids.indexOf(anchor), ids.indexOf(id)];
  if (to < 0) return;
  for (const each of stretch) chosen.delete(each);
  stretch = ids.slice(Math.min(from < 0 ? to : from, to), Math.max(from, to) + 1);
  for (const each of stretch) chosen.add(each);
  show();
}

/** One row further up or down, from the one that one stands on. */
export function extend(step) {
  const here = active();
  if (!here) return;
  anchor ??= here.id;
  const tr = nextRow(here.tr, step) ?? here.tr;
  select(tr);
  reach(tr.dataset.id);
}

/** Of some rows those that don't come along with another: the top of each branch, in the order of the sheet. */
export function tops(ids) {
  const all = new Set(ids);
  const isTop = ({ row }) => {
    for (let above = row.parent; above; above = entry(above)?.row.parent) if (all.has(above)) return false;
    return all.has(row.id);
  };
  return entries().filter(isTop).map(({ row }) => row.id);
}

/** Some rows with all that stands under them, as a folded segment is meant with what is in it. */
export function withBelow(ids) {
  const all = new Set(ids);
  for (const { row } of entries()) if (all.has(row.parent)) all.add(row.id);
  return entries().map(({ row }) => row.id).filter((id) => all.has(id));
}

/** How long some rows are together, in ms: items, or cues where there are only cues. */
export function lengthOf(ids) {
  const rows = withBelow(ids).map((id) => entry(id).row);
  const items = rows.filter(({ kind }) => kind !== "segment" && kind !== "cue");
  return (items.length ? items : rows.filter(({ kind }) => kind === "cue")).reduce((sum, row) => sum + length(row), 0);
}

function length({ id, end_mode: mode, duration }) {
  const times = timesOf(id);
  return mode === "duration" || !times?.planned_end ? duration : times.planned_end - times.planned_start;
}

function show() {
  for (const { el, row } of entries()) mark(el, "aria-selected", chosen.has(row.id) ? "true" : false);
  paint();
  tell("picked", { ids: picked() });
}

/** The colour of those that can be seen. */
function paint() {
  for (const { el, row } of entries()) mark(el, "data-picked", chosen.has(row.id) && isNear(el));
}

/** Once for all that happens before the next picture. */
function soon() {
  if (!chosen.size) return;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(show);
}

export function start() {
  hear("rows", ({ gone }) => {
    for (const id of gone) chosen.delete(id.slice(4));
    soon();
  });
  hear("near", paint);
  for (const name of ["filtered", "folded", "shown"]) hear(name, soon);
}

