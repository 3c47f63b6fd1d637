// The second view of the sheet: tracks side by side, time down the page, each row where it will be by now. What is in
// sight is drawn at once, the rest bit by bit.

import { now } from "../clock.js";
import { make, mark, out, write } from "../dom.js";
import { board, entries, entry } from "../sheet.js";
import { hear } from "../signal.js";
import { settle } from "../tree.js";
import { t } from "../words.js";
import { activeId } from "./cells.js";
import { day, track } from "./filter.js";
import { foldedAbove } from "./fold.js";
import { isTimeline } from "./layout.js";
import { blockFor, draw, forget, isStale } from "./timeline_blocks.js";
import { inSight, lookAt, minutesTo, reach, resize } from "./timeline_scale.js";
import { sideBySide } from "./timeline_plan.js";
import { tracks } from "./tracks.js";

const BIT_MS = 6;
const AROUND_MIN = 15;
const items = new Map();
let blocks = new Map();
let isNarrowed = false;
const held = new Set();
let timer = 0;
let shownDay = "";

export const itemOf = (id) => items.get(id);

/** A block as it stands: {row, start, end, plan, lane, of, isOver}. */
export const blockOf = (id) => blocks.get(id);

/** What is dragged stays under the pointer, whatever comes meanwhile. */
export const hold = (id) => held.add(id);

export function release(id) {
  held.delete(id);
  if (items.has(id)) forget(items.get(id));
  refresh();
}

/** What stands in an item shows as that. */
export function shownFor(id) {
  let row = entry(id)?.row;
  while (row && !blocks.has(row.id)) row = entry(row.parent)?.row;
  return row?.id ?? null;
}

function isShown({ el, row }) {
  if (row.kind === "cue" || row.day !== day() || (track() && row.track !== track())) return false;
  if (row.parent && entry(row.parent)?.row.kind !== "segment") return false;
  return !el.hidden || (!isNarrowed && foldedAbove(row));
}

function blockFrom({ el, row }, times) {
  const { planned_start: start, planned_end: end, projected_start: from, projected_end: until } = times[row.id];
  const begin = from ?? start;
  if (begin === null) return null;
  const plan = start === null || row.state === "done" || row.kind === "segment" ? null : [start, end ?? start];
  return { row, start: begin, end: until ?? end ?? begin, plan, isOver: el.hasAttribute("data-over"), lane: 0, of: 1 };
}

const byStart = (one, other) => one.start - other.start || one.end - other.end || (one.row.id < other.row.id ? -1 : 1);

/** All blocks of the day by track: [track, name, blocks, rows without a time]. */
function columns() {
  const { times } = board();
  const found = new Map();
  for (const each of entries().filter(isShown)) {
    const column = found.get(each.row.track) ?? { timed: [], untimed: 0 };
    found.set(each.row.track, column);
    const block = blockFrom(each, times);
    if (block) column.timed.push(block);
    else if (each.row.kind !== "segment") column.untimed += 1;
  }
  return tracks().filter(([id]) => found.has(id)).map(([id, name]) => ({ id, name, ...laid(found.get(id)) }));
}

function laid({ timed, untimed }) {
  const ordered = timed.sort(byStart);
  const inLanes = ordered.filter(({ row }) => row.kind !== "segment");
  const lanes = sideBySide(inLanes.map(({ row, start, end }) => ({ id: row.id, start, end })));
  for (const block of inLanes) Object.assign(block, lanes.get(block.row.id));
  return { ordered, untimed };
}

function refresh() {
  if (!isTimeline()) return;
  const all = columns();
  blocks = new Map(all.flatMap(({ ordered }) => ordered.map((block) => [block.row.id, block])));
  reach([...blocks.values()]);
  for (const [id] of items) if (!blocks.has(id)) drop(id);
  const wanted = all.map(columnFor);
  for (const old of out("tl-tracks").children) if (!wanted.includes(old)) old.remove();
  settle(out("tl-tracks"), wanted);
  settleFocus();
  if (shownDay !== day()) arrive();
  paint();
}

function columnFor({ id, name, ordered, untimed }) {
  const known = out("tl-tracks").querySelector(`[data-track="${CSS.escape(id)}"]`);
  const column = known ?? make("section", { class: "tl-track", "data-track": id }, make("h2", {}, make("b"), " ", make("small")), make("ol"));
  write(column.querySelector("h2 > b"), name);
  write(column.querySelector("h2 > small"), untimed ? t("tl_untimed", { n: untimed }) : "");
  const list = column.querySelector("ol");
  mark(list, "aria-label", name);
  settle(list, ordered.map(({ row }) => items.get(row.id) ?? made(row.id)));
  return column;
}

function made(id) {
  items.set(id, blockFor(id));
  return items.get(id);
}

function drop(id) {
  items.get(id).remove();
  items.delete(id);
}

/** One stop of the Tab key: the row one stands on, else the first. */
export function settleFocus() {
  const at = shownFor(activeId()) ?? blocks.keys().next().value;
  for (const [id, li] of items) {
    const button = li.lastElementChild;
    mark(button, "tabindex", id === at ? "0" : "-1");
    mark(button, "aria-current", id === shownFor(activeId()) ? "true" : false);
  }
}

function paint() {
  clearTimeout(timer);
  const [top, bottom] = inSight();
  const stale = [...blocks].filter(([id, block]) => !held.has(id) && isStale(items.get(id), block));
  const at = shownFor(activeId());
  const isNear = ({ row, start, end }) => row.id === at || (minutesTo(end) > top - AROUND_MIN && minutesTo(start) < bottom + AROUND_MIN);
  const later = stale.filter(([, block]) => !isNear(block));
  for (const [id, block] of stale) if (isNear(block)) draw(items.get(id), block);
  if (later.length) timer = setTimeout(paintBit, 0, later);
}

/** Draw a row at once, wherever it stands: what has no place yet can't be gone to. */
export function drawNow(id) {
  if (items.has(id) && !held.has(id) && isStale(items.get(id), blocks.get(id))) draw(items.get(id), blocks.get(id));
}

function paintBit(later) {
  const end = performance.now() + BIT_MS;
  while (later.length && performance.now() < end) {
    const [id, block] = later.shift();
    if (items.has(id) && !held.has(id)) draw(items.get(id), block);
  }
  if (later.length) timer = setTimeout(paintBit, 0, later);
}

/** Another day: look at now if it is today, else at its first row. */
function arrive() {
  shownDay = day();
  const first = [...blocks.values()].reduce((least, { start }) => Math.min(least, start), Infinity);
  const last = [...blocks.values()].reduce((most, { end }) => Math.max(most, end), -Infinity);
  if (blocks.size) lookAt(now() >= first && now() <= last ? now() : first);
}

export function start() {
  hear("filtered", ({ department, text }) => {
    isNarrowed = Boolean(department || text);
    refresh();
  });
  for (const name of ["board", "folded", "zoomed", "clashes"]) hear(name, refresh);
  hear("layout", () => {
    shownDay = "";
    if (isTimeline()) resize();
    refresh();
  });
  hear("rows", ({ changed }) => changed.some((id) => id.startsWith("track-")) && refresh());
  refresh();
}
