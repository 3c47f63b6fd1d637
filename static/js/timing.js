// The timing engine: planned and projected times of every row, and where each track stands. The twin is
// server/runsheet/timing.py, which says the rules; both pass the same vectors. Integer milliseconds throughout;
// rows in tree order; fields are named as in Python.

import { baseOf, happened, isLive, pause, project, settle } from "./timing-live.js";
import { finish, keepsEnd, plan, unknown } from "./timing-plan.js";

const UNKNOWN = unknown();

/**
 * All times as of `now`, and the standing of each track that has an unskipped row.
 *
 * `today` is the operating day; by default it is the last one whose first row is due.
 */
export function compute(rows, now, today = null) {
  const sheet = plan(rows);
  const lines = [...sheet.lines.values()].filter((line) => line.slots.length > 0);
  const day = today || dayAt(lines, now);
  for (const line of lines) project(sheet, line, now, day);
  span(sheet);
  hang(sheet, now);
  showFrozen(sheet);
  return { times: Object.fromEntries(sheet.times), tracks: standings(lines, day), gaps: Object.fromEntries(sheet.gaps) };
}

function dayAt(lines, now) {
  const firsts = lines.map((line) => line.slots[0]);
  const due = firsts.filter((slot) => slot.start !== null && slot.start <= now).map((slot) => slot.row.day);
  return due.length ? due.sort().at(-1) : (firsts.map((slot) => slot.row.day).sort()[0] ?? "");
}

function standings(lines, today) {
  const tracks = new Map();
  for (const line of lines) tracks.set(line.track, [...(tracks.get(line.track) ?? []), line]);
  for (const days of tracks.values()) days.sort((one, other) => (one.day < other.day ? -1 : 1));
  return Object.fromEntries([...tracks].map(([track, days]) => [track, stand(days, today)]));
}

/** Show today's line. What is live stays in sight when the day turns; today's first row is then next. */
function stand(days, today) {
  const line = days.find((each) => each.day >= today) ?? days.at(-1);
  const live = baseOf(days.map((day) => day.base).filter((base) => base !== null && isLive(base.row)));
  if (live === null) return line.standing;
  const shown = days.find((day) => day.base === live);
  if (shown.standing.next === null && shown.day < line.day) shown.standing.next = line.standing.next;
  return shown.standing;
}

// Segments

/** Bottom up: a segment reaches from its first row to its last. */
function span(sheet) {
  const extents = new Map();
  for (const row of [...sheet.rows].reverse()) {
    const times = sheet.times.get(row.id);
    if (row.kind === "segment") {
      enclose(times, row, extents.get(row.id) ?? UNKNOWN, sheet.skipped.has(row.id));
    }
    if (row.parent !== null && sheet.skipped.has(row.id) === sheet.skipped.has(row.parent)) {
      if (!extents.has(row.parent)) extents.set(row.parent, unknown());
      widen(extents.get(row.parent), times);
    }
  }
}

function widen(extent, times) {
  extent.planned_start = earlier(extent.planned_start, times.planned_start);
  extent.planned_end = later(extent.planned_end, times.planned_end);
  extent.projected_start = earlier(extent.projected_start, times.projected_start);
  extent.projected_end = later(extent.projected_end, times.projected_end);
}

const earlier = (one, other) => (other === null || (one !== null && one <= other) ? one : other);
const later = (one, other) => (other === null || (one !== null && one >= other) ? one : other);

/** Give a segment its times. A start of its own moves as its rows do. */
function enclose(times, row, inner, isSkipped) {
  let [start, end] = [inner.planned_start, inner.planned_end];
  if (times.planned_start !== null) {
    start = times.planned_start;
    end = row.duration || keepsEnd(row) ? finish(row, start) : later(start, inner.planned_end);
  }
  [times.planned_start, times.planned_end] = [start, end];
  if (!isSkipped) {
    times.projected_start = shifted(start, inner.planned_start, inner.projected_start);
    times.projected_end = shifted(end, inner.planned_end, inner.projected_end);
  }
}

function shifted(own, planned, projected) {
  if (own === null || planned === null || projected === null) return own ?? projected;
  return own + projected - planned;
}

// What is inside items

function hang(sheet, now) {
  const ends = new Map();
  for (const row of sheet.inside) {
    const above = sheet.times.get(row.parent) ?? UNKNOWN;
    const before = ends.get(row.parent) ?? beginning(above);
    const times = sheet.times.get(row.id);
    const start = hinge(row, above.planned_start, before.planned_end);
    [times.planned_start, times.planned_end] = [start, finish(row, start)];
    if (sheet.skipped.has(row.id)) continue;
    foresee(sheet, row, before.projected_end, now);
    ends.set(row.parent, latest(before, times));
  }
}

const beginning = (item) => ({ planned_end: item.planned_start, projected_end: item.projected_start });

/** Find where a row inside an item begins, whose start is `above`, after what ends in it at `before`. */
function hinge(row, above, before) {
  if (row.start_mode === "offset") return above === null ? null : above + row.offset;
  if (row.start_mode === "manual" || row.start_mode === "line") return null;
  return row.start_mode === "linked" ? before : (row.start ?? before);
}

/** Project a row inside an item: it moves with that, and while that is paused it waits. */
function foresee(sheet, row, before, now) {
  const times = sheet.times.get(row.id);
  if (happened(row)) {
    settle(times, row, now);
    return;
  }
  const start = hinge(row, begun(sheet, row.parent, now), before);
  [times.projected_start, times.projected_end] = [start, finish(row, start)];
}

function begun(sheet, item, now) {
  const row = sheet.byId.get(item);
  const start = row ? sheet.times.get(row.id).projected_start : null;
  return row && start !== null && isLive(row) ? start + pause(row, now) : start;
}

/** Keep where the last row ends; one without a time leaves the link. */
function latest(before, times) {
  return {
    planned_end: times.planned_end ?? before.planned_end,
    projected_end: times.projected_end ?? before.projected_end,
  };
}

// As it was frozen

/** Let frozen rows show what was planned then, once all that follows from the plan of today is known. */
function showFrozen(sheet) {
  for (const row of sheet.rows) {
    const times = sheet.times.get(row.id);
    [times.plan_start, times.plan_end] = [times.planned_start, times.planned_end];
    if (row.baseline) [times.planned_start, times.planned_end] = row.baseline;
  }
}

// Rows of the page

const seconds = (text) => (text ? Number(text) * 1000 : 0);
const moment = (text) => (text ? Number(text) : null);

/** Read a row's facts from its `data-*`: instants and the pause in milliseconds, other lengths in seconds. No row says its
 * baseline; see baseline.js. */
export function readRow(data) {
  return {
    id: data.id,
    kind: data.kind || "item",
    parent: data.parent || null,
    track: data.track || "",
    day: data.day || "",
    start_mode: data.mode || "linked",
    start: moment(data.start),
    offset: seconds(data.offset),
    end_mode: data.endmode || "duration",
    end: moment(data.end),
    duration: seconds(data.dur),
    minimum: data.min ? seconds(data.min) : null,
    hard: data.hard !== undefined && data.hard !== "false",
    state: data.state || "planned",
    runs: data.runs ? data.runs.split(",").map(readRun) : [],
    added: seconds(data.added),
    paused_at: moment(data.pausedat),
    paused: Number(data.paused || 0),
    baseline: null,
  };
}

/** `start-end`, of which the end may be missing. */
function readRun(text) {
  const [start, end] = text.split("-");
  return [moment(start), moment(end)];
}
