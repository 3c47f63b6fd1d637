// The table as a plane of cells: which one is active, and the way from one to the next. The editor holds the keyboard's
// focus; the active cell is the one it points at (aria-activedescendant). Rows that are chosen together are picked.js's.

import { mark } from "../dom.js";
import { rowOf } from "../rows.js";
import { tell } from "../signal.js";
import { mayEdit } from "./rights.js";

export const table = () => document.querySelector("table.grid");
export const body = () => table().tBodies[0];

/** The heads of the columns, each with its data-key. */
export const heads = () => [...table().tHead.rows[0].cells];

export const keyAt = (index) => table().tHead.rows[0].cells[index]?.dataset.key ?? "";
export const indexOf = (key) => heads().findIndex((head) => head.dataset.key === key);
export const labelOf = (key) => heads()[indexOf(key)]?.textContent ?? key;

// `near` are the rows beside, to stand on when this one goes.
let at = { id: null, key: "title", near: [] };
let marked = null;

/** The cell one stands on: {tr, cell, id, key}; null if its row or column is gone. */
export function active() {
  const tr = at.id && rowOf(`cue-${at.id}`);
  const index = indexOf(at.key);
  return tr && index >= 0 ? { tr, cell: tr.cells[index], id: at.id, key: at.key } : null;
}

/** The id of the row one stands on, or stood on. */
export const activeId = () => at.id;

/** Stand on a cell. `quiet`: without bringing it into view. */
export function select(tr, key = at.key, { quiet = false } = {}) {
  at = { id: tr.dataset.id, key, near: [nextRow(tr, 1), nextRow(tr, -1)].map((row) => row?.dataset.id) };
  show();
  if (!quiet) reveal();
  tell("cell", active());
}

/** The row one stood on is gone: stand on the one that was below or above. */
export function stepAside() {
  if (!at.id || rowOf(`cue-${at.id}`)) return;
  const tr = at.near.map((id) => id && rowOf(`cue-${id}`)).find((row) => row && isShown(row)) ?? shownRows()[0];
  if (tr) select(tr, at.key, { quiet: true });
}

/** Show again which cell is active, as after its row was rebuilt. */
export function show() {
  const here = active();
  if (marked && marked !== here?.cell) {
    mark(marked, "aria-selected", false);
    mark(marked.parentElement ?? marked, "data-at", false);
  }
  marked = here?.cell ?? null;
  if (!here) return;
  here.cell.id = `cell-${here.id}-${here.key}`;
  mark(here.cell, "aria-selected", "true");
  mark(here.cell, "aria-readonly", mayEdit(here.key) ? false : "true");
  mark(here.tr, "data-at", true);
}

/** Bring the active cell into view. */
export function reveal() {
  const here = active();
  if (!here || here.tr.hidden) return;
  // The titles stick to the left edge: they are always in sight, and need no scrolling sideways.
  const shown = here.key === "title" ? here.tr.cells[0] : here.cell;
  shown.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

export const isShown = (tr) => !tr.hidden;

/** The next row in sight in a direction (1 or −1), or null. */
export function nextRow(tr, step) {
  let next = tr;
  do next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
  while (next && !isShown(next));
  return next;
}

export const shownRows = () => [...body().rows].filter(isShown);

/** The keys of the columns in sight. */
export const shownKeys = () => heads().filter((head) => !head.hasAttribute("data-away")).map((head) => head.dataset.key);

/** Move by rows and columns; stays at the edges. */
export function move(rows, columns) {
  const here = active();
  if (!here) {
    first();
    return;
  }
  let { tr } = here;
  for (let left = Math.abs(rows); left > 0; left -= 1) tr = nextRow(tr, Math.sign(rows)) ?? tr;
  select(isShown(tr) ? tr : (nextRow(tr, 1) ?? nextRow(tr, -1) ?? tr), beside(here.key, columns));
}

function beside(key, columns) {
  const keys = shownKeys();
  const place = keys.indexOf(key);
  return place < 0 ? "title" : keys[Math.min(keys.length - 1, Math.max(0, place + columns))];
}

/** The next cell as the Tab key goes, over the ends of rows; false at the last one. */
export function tab(step) {
  const here = active();
  const keys = shownKeys();
  if (!here) return false;
  const place = keys.indexOf(here.key) + step;
  if (place >= 0 && place < keys.length) {
    select(here.tr, keys[place]);
    return true;
  }
  const tr = nextRow(here.tr, step);
  if (tr) select(tr, keys[step > 0 ? 0 : keys.length - 1]);
  return tr !== null;
}

/** To an edge: of the row, or with `whole` of the table. */
export function edge(step, whole) {
  const keys = shownKeys();
  const rows = shownRows();
  const tr = whole ? rows.at(step > 0 ? -1 : 0) : active()?.tr;
  if (tr) select(tr, keys.at(step > 0 ? -1 : 0));
}

/** Stand somewhere if one stands nowhere: on what runs, else on the first row. */
export function first() {
  const rows = shownRows();
  const here = active();
  if (here && isShown(here.tr)) return;
  const live = rows.find((row) => row.matches('[data-state="live"]:not([data-kind="segment"], [data-kind="cue"])'));
  const tr = live ?? rows.find((row) => row.dataset.kind !== "segment") ?? rows[0];
  if (!tr) return;
  select(tr, "title", { quiet: true });
  center();
}

/** Bring the active row into the middle. */
export const center = () => active()?.tr.cells[0].scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
