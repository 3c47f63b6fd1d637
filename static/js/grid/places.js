// Where a row may stand: a segment at the top, an item in a segment or at the top, a cue within an item; and always
// behind a sibling of its track.

import { entries, entry } from "../sheet.js";

const HOLDS = { segment: ["item", "buffer", "delay"], item: ["cue"], buffer: ["cue"] };

/** The ids of the rows under one parent of a track, in order; on all days. */
export const siblings = (track, parent) =>
  entries().filter(({ row }) => row.track === track && row.parent === parent).map(({ row }) => row.id);

const rowAt = (id) => (id === null ? null : (entry(id)?.row ?? null));
const holds = (row, kind) => Boolean(row && HOLDS[row.kind]?.includes(kind));

/** Whether a row of a kind may stand under a row, or at the top of a track (null). */
export const holdsAt = (parent, kind) => (parent ? holds(rowAt(parent), kind) : kind !== "cue");

/** {parent, after, track, day} for a row of a kind just below another; null if there is no such place. */
export function spot(kind, id) {
  const row = rowAt(id);
  if (!row) return null;
  if (holds(row, kind)) return at(row, null, kind === "cue" && row.kind !== "segment" ? siblings(row.track, id).at(-1) : null);
  for (let above = row; above; above = rowAt(above.parent)) {
    const parent = rowAt(above.parent);
    if (parent ? holds(parent, kind) : kind !== "cue") return at(parent, above, above.id);
  }
  return null;
}

const at = (parent, beside, after) => ({
  parent: parent?.id ?? null,
  after: after ?? null,
  track: (parent ?? beside).track,
  day: (beside ?? parent).day,
});

/** The same just above another row. */
export function spotAbove(kind, id) {
  const row = rowAt(id);
  const parent = rowAt(row?.parent ?? null);
  const fits = row && (parent ? holds(parent, kind) : kind !== "cue");
  if (!fits) return null;
  const all = siblings(row.track, row.parent);
  return at(parent, row, all[all.indexOf(id) - 1] ?? null);
}

/** Where a row gets by one step up or down among the rows of its day: over a sibling, or into the next that holds it. */
export function stepFrom(id, step) {
  const row = rowAt(id);
  const all = siblings(row.track, row.parent);
  const place = all.indexOf(id);
  const over = rowAt(all[place + step] ?? null);
  if (over && over.day === row.day && !holds(over, row.kind)) return within(row, step > 0 ? over.id : (all[place - 2] ?? null));
  if (over && over.day === row.day) return into(over, row.kind, step);
  return outOf(row, step);
}

const within = (row, after) => ({ parent: row.parent, after, track: row.track });

/** First or last within a row that holds this kind. */
function into(holder, kind, step) {
  const inside = siblings(holder.track, holder.id);
  return { parent: holder.id, after: step > 0 ? null : (inside.at(-1) ?? null), track: holder.track };
}

function outOf(row, step) {
  const parent = rowAt(row.parent);
  if (!parent) return null;
  const uncles = siblings(row.track, parent.parent);
  const beside = uncles.slice(step > 0 ? uncles.indexOf(parent.id) + 1 : 0, step > 0 ? undefined : uncles.indexOf(parent.id));
  const near = (step > 0 ? beside : beside.reverse()).map(rowAt).find((other) => other.day === row.day && holds(other, row.kind));
  return near ? into(near, row.kind, step) : null;
}
