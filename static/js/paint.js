// The times of every row, written where they stand: plan, projection, lateness, length. Only what differs is written.

import { mark, write } from "./dom.js";
import { clock, duration, late } from "./format.js";
import { page } from "./page.js";
import { board, entries } from "./sheet.js";
import { hear } from "./signal.js";

const SLOTS = ["plan", "till", "proj", "actual", "late", "dur"];
const painted = new WeakMap();

/** Paint the rows that need it; `changed` is a set of ids whose slots are new. */
export function paint(changed = null) {
  const { times, tracks } = board();
  for (const { id, el, row } of entries()) {
    const last = changed?.has(id) ? undefined : painted.get(el);
    const live = tracks[row.track]?.current === id ? tracks[row.track] : null;
    if (last && last.row === row && isSame(last, times[id], live)) continue;
    const slots = last?.slots ?? slotsOf(el);
    fill(slots, row, times[id], live);
    if (row.kind !== "segment") over(el, row.state === "live" && live?.over > 0);
    const { planned_start: start, planned_end: end, projected_start: projected } = times[id];
    painted.set(el, { row, slots, start, end, projected: seconds(projected), offset: seconds(live?.offset), isOver: live?.over > 0 });
  }
}

function isSame(last, times, live) {
  return (
    last.projected === seconds(times.projected_start) &&
    last.start === times.planned_start &&
    last.end === times.planned_end &&
    last.offset === seconds(live?.offset) &&
    last.isOver === live?.over > 0
  );
}

const seconds = (moment) => (moment === null || moment === undefined ? null : Math.floor(moment / 1000));

function slotsOf(el) {
  return Object.fromEntries(SLOTS.map((name) => [name, el.querySelector(`.cue-${name}`)]));
}

function fill(slots, row, times, live) {
  const plan = at(times.planned_start, row);
  const proj = at(times.projected_start, row);
  const moved = proj !== plan;
  const lateness = live ? live.offset : times.projected_start - times.planned_start;
  write(slots.plan, plan);
  write(slots.till, at(times.planned_end, row));
  write(slots.proj, moved ? proj : "");
  write(slots.actual, row.runs.length ? at(row.runs.at(-1)[0], row) : "");
  write(slots.late, plan && (moved || live) && Math.abs(lateness) >= 1000 ? late(lateness) : "");
  write(slots.dur, lengthOf(row, times));
}

const at = (moment, row) => (moment === null ? "" : clock(moment, page.zone, row.day || null));

function lengthOf(row, times) {
  if (row.kind === "segment") return "";
  const known = times.planned_start !== null && times.planned_end !== null && row.kind !== "cue";
  const length = known ? times.planned_end - times.planned_start : row.duration;
  return length ? duration(length) : "";
}

/** Over time is a state of its own: red text, its own shape and word. */
function over(el, isOver) {
  if (el.hasAttribute("data-over") === isOver && !isOver) return;
  mark(el, "data-over", isOver);
  if (el.dataset.state !== "live") return;
  el.querySelector(":scope > .ico > use, .badge > .ico > use")?.setAttribute("href", isOver ? "#i-over" : "#i-live");
  const badge = el.querySelector(".badge[data-is]");
  if (badge) Object.assign(badge.dataset, isOver ? { state: "over", is: "over" } : { state: "live", is: "left" });
}

hear("board", ({ changed }) => paint(changed));
