// A line as it goes: what happened, what is projected, where the track stands. Twin of
// server/runsheet/timing_live.py.

import { finish, keepsEnd, least, length, planned } from "./timing-plan.js";

export function project(sheet, line, now, today) {
  line.base = baseOf(line.slots);
  const course = depart(line.base, now, line.day === today);
  for (const slot of line.slots) {
    const times = sheet.times.get(slot.row.id);
    if (happened(slot.row)) {
      settle(times, slot.row, now);
    } else if (slot.row.state !== "done" && (line.base === null || slot.index > line.base.index)) {
      follow(course, slot, times);
    } else if (slot.timed) {
      [times.projected_start, times.projected_end] = [slot.start, slot.end];
    }
  }
  line.standing = standing(line, course);
}

/** Find the row from which lateness counts: the live one, else the one that ended last. */
export function baseOf(slots) {
  let base = null;
  for (const slot of slots) {
    if (happened(slot.row) && (base === null || outranks(slot.row, base.row))) base = slot;
  }
  return base;
}

export const happened = (row) => isLive(row) || (row.state === "done" && row.runs.length > 0);

function outranks(row, other) {
  if (isLive(row) !== isLive(other)) return isLive(row);
  return lastMoment(row) >= lastMoment(other);
}

function lastMoment(row) {
  const [start, end] = row.runs.at(-1);
  return end ?? start;
}

export function isLive(row) {
  const called = row.state === "live" || row.state === "paused";
  return called && row.runs.length > 0 && row.runs.at(-1)[1] === null;
}

export function settle(times, row, now) {
  [times.projected_start, times.projected_end] = [row.runs.at(-1)[0], ended(row, now)];
}

/** Say when the last run ended or will end; once it is over, that is now. */
function ended(row, now) {
  return row.runs.at(-1)[1] ?? Math.max(due(row, now), now);
}

/**
 * Say when the live row is to end.
 *
 * A late start, added time and pauses move that; of these, only added time moves an end that is kept.
 */
function due(row, now) {
  const start = row.runs.at(-1)[0];
  if (keepsEnd(row)) return Math.max(row.end, start + least(row)) + row.added;
  return start + row.duration + row.added + pause(row, now);
}

export function pause(row, now) {
  return row.paused + (row.paused_at === null ? 0 : now - row.paused_at);
}

// What is still to come

function depart(base, now, waiting) {
  const course = { now, waiting, late: 0, room: 0, end: null, loose: false };
  const found = { next: null, hard: null, left: null, save: 0 };
  if (base === null) return { ...course, ...found };
  const end = ended(base.row, now);
  const late = base.end === null ? 0 : end - base.end;
  const known = { late, room: -late, end: base.end ?? end, loose: base.end === null };
  return { ...course, waiting: waiting && !isLive(base.row), ...known, ...found };
}

/** Project a row, and carry the lateness past it. */
function follow(course, slot, times) {
  const start = slot.start ?? course.end;
  const end = slot.end ?? finish(slot.row, start);
  arrive(course, slot, start);
  if (slot.timed && start !== null) times.projected_start = start + course.late;
  leave(course, slot.row, start, end);
  if (slot.timed && end !== null) times.projected_end = end + course.late;
}

/** Begin a row: a gap before it gives way, and a firm start is never early. */
function arrive(course, slot, start) {
  if (slot.start !== null && course.end !== null) cross(course, slot.start - course.end);
  if (slot.firm) course.late = Math.max(course.late, 0);
  if (course.next === null && slot.row.kind !== "delay") {
    course.next = slot;
    wait(course, start);
  }
  if (course.hard === null && slot.row.hard) reach(course, slot);
}

/** Cross a gap. Where no plan was known so far, the first planned start tells the lateness. */
function cross(course, gap) {
  if (course.loose) {
    [course.late, course.loose] = [course.late - gap, false];
    course.room = -course.late;
    return;
  }
  course.room += Math.max(gap, 0);
  course.late = absorb(course.late, gap);
}

const absorb = (late, give) => (late <= 0 || give <= 0 ? late : Math.max(0, late - give));

/** With nothing live, hold that the next row can't begin before now, and that idle time is spent. */
function wait(course, start) {
  if (course.waiting && start !== null) {
    course.late = Math.max(course.late, course.now - start);
    course.room = Math.min(course.room, start - course.now);
  }
}

function reach(course, slot) {
  course.hard = slot;
  course.save = Math.max(0, course.late);
  course.left = course.save ? -course.save : Math.max(0, course.room);
}

/** End a row: it may add lateness, give way, or keep its end. */
function leave(course, row, start, end) {
  if (row.kind === "delay") {
    course.late += row.duration;
    course.room -= row.duration;
  }
  if (row.kind === "buffer") {
    const give = length(row, start, end) - (row.minimum ?? 0);
    course.room += Math.max(give, 0);
    course.late = keepsEnd(row) ? course.late : absorb(course.late, give);
  }
  if (keepsEnd(row)) course.late = holdEnd(row, start, end, course.late);
  course.end = end ?? course.end;
}

/** Say how late a row that keeps its end misses it, if it begins late. */
function holdEnd(row, start, end, late) {
  return start === null || end === null ? 0 : finish(row, start + late) - end;
}

// Where the track stands

function standing(line, course) {
  const live = line.base !== null && isLive(line.base.row) ? line.base : null;
  return {
    current: live ? live.row.id : null,
    next: course.next ? course.next.row.id : null,
    offset: offset(line.base, course),
    over: live ? Math.max(0, course.now - due(live.row, course.now)) : 0,
    left: course.left,
    hard: course.hard ? course.hard.row.id : null,
    save: course.save,
    total: line.slots.reduce((sum, slot) => sum + working(slot), 0),
    cuts: course.save ? cuts(line, course) : [],
  };
}

const working = ({ row, start, end }) => (row.kind === "delay" ? 0 : length(row, start, end));

/** Say how far behind. Late start, added time, pauses and overtime all move the end, so that tells it. */
function offset(base, course) {
  const end = base ? planned(base)[1] : null;
  const last = end === null ? 0 : ended(base.row, course.now) - end;
  const start = course.next && course.waiting ? planned(course.next)[0] : null;
  return start === null ? last : Math.max(last, course.now - start);
}

/** List what still lies before the hard row, the live row first. */
function cuts(line, course) {
  const first = line.base ? line.base.index : 0;
  const before = line.slots.slice(first, course.hard.index);
  const found = before.map((slot) => ({ id: slot.row.id, spare: spare(slot, course.now) }));
  return found.filter((cut) => cut.spare > 0);
}

/** Say what a row can still yield. A buffer has given way already, so only its minimum is left. */
function spare({ row, start, end }, now) {
  const [whole, minimum] = [length(row, start, end), row.minimum ?? 0];
  if (isLive(row)) return Math.min(whole - minimum, due(row, now) - now);
  if (row.kind === "delay" || row.state === "done") return 0;
  return row.kind === "buffer" ? Math.min(minimum, whole) : whole - minimum;
}
