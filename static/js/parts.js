// Countdown, bar and end inside a row that runs; on the caller's and on the crew's screens also inside what comes next.

import { now } from "./clock.js";
import { copy, mark, out, write } from "./dom.js";
import { clock, countdown, late } from "./format.js";
import { page } from "./page.js";
import { entry, timesOf, trackOf } from "./sheet.js";

const LONG = 6;
const LONGER = 7;
const held = new Map();

/** How long a row has left: {is, ms}, where `is` says left, over or held. */
export function remaining({ row }) {
  const standing = trackOf(row.track);
  const times = timesOf(row.id);
  const over = standing?.current === row.id ? standing.over : 0;
  if (row.state === "paused") return { is: "held", ms: over > 0 ? -over : times.projected_end - now() };
  return over > 0 ? { is: "over", ms: over } : { is: "left", ms: times.projected_end - now() };
}

/** Until a row begins. */
export const until = (id) => {
  const start = timesOf(id)?.projected_start ?? null;
  return start === null ? null : start - now();
};

/** Show the parts in these rows and in no others: a map from id to {is, ms}. */
export function showParts(wanted) {
  for (const [id, parts] of held) if (!wanted.has(id) || !parts[0].isConnected) drop(id, parts);
  for (const [id, left] of wanted) {
    const found = entry(id);
    if (found) fill(partsOf(id, found.el), found, left);
  }
}

function drop(id, parts) {
  for (const part of parts) part.remove();
  held.delete(id);
}

function partsOf(id, row) {
  if (held.has(id)) return held.get(id);
  const parts = [...copy("live-parts").children];
  for (const part of parts) mark(part, "data-kept", true);
  row.querySelector(":scope > .cue-meta").after(...parts);
  held.set(id, parts);
  return parts;
}

function fill([left, bar, end], { row }, { is, ms }) {
  mark(left, "data-is", is);
  const text = textOf(is, ms);
  write(out("left", left), text);
  out("left", left).classList.toggle("long", text.length >= LONG);
  out("left", left).classList.toggle("longer", text.length > LONGER);
  const times = timesOf(row.id);
  const start = row.runs.at(-1)?.[0] ?? null;
  bar.hidden = end.hidden = start === null;
  if (start === null) return;
  const share = Math.round(((now() - start) / Math.max(1, times.projected_end - start)) * 1000);
  const value = Math.min(1000, Math.max(0, share));
  if (bar.value !== value) bar.value = value;
  write(out("began", end), at(start, row));
  write(out("ends", end), at(times.projected_end, row));
  const planned = times.planned_end === null ? "" : at(times.planned_end, row);
  write(out("was", end), planned === at(times.projected_end, row) ? "" : planned);
}

function textOf(is, ms) {
  if (ms === null) return "–";
  if (is === "over") return late(ms);
  return is === "held" && ms < 0 ? late(-ms) : countdown(Math.max(ms, 0));
}

const at = (moment, row) => clock(moment, page.zone, row.day || null);
