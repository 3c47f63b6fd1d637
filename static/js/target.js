// What the caller calls next: the cues of the item that runs, the cues before the item that follows, and that item.

import { board, entries, timesOf, trackOf } from "./sheet.js";

const WAITING = new Set(["planned", "warm", "standby"]);

// Both are asked for at each tick and by several screens: what they said of a board stays right until there is another.
let seen = null;
const known = { upcoming: new Map(), act: new Map() };

function once(kept, track, find) {
  if (seen !== board()) for (const each of Object.values(known)) each.clear();
  seen = board();
  if (!kept.has(track)) kept.set(track, find(track));
  return kept.get(track);
}

/** Ids in the order in which they are to be called; a cue on a spoken line stands where the sheet has it. */
export const upcoming = (track) => once(known.upcoming, track, findUpcoming);

function findUpcoming(track) {
  const standing = trackOf(track);
  if (!standing) return [];
  const inside = (id) => entries().filter(({ row }) => id && row.kind === "cue" && row.parent === id && WAITING.has(row.state));
  const item = standing.next ? [{ row: { id: standing.next } }] : [];
  const before = inside(standing.next).filter(({ row }) => row.offset < 0 && row.start_mode === "offset");
  const after = inside(standing.next).filter((each) => !before.includes(each));
  return inTime([...inside(standing.current), ...before, ...item, ...after]);
}

/** The next item of a track that has an act: changeovers are nobody's. */
export const nextAct = (track) => once(known.act, track, findAct);

function findAct(track) {
  const coming = entries().filter(({ row }) => row.track === track && row.kind === "item" && WAITING.has(row.state));
  const starts = coming.map(({ id }) => ({ id, at: timesOf(id)?.projected_start ?? null })).filter(({ at }) => at !== null);
  return starts.reduce((first, each) => (first && first.at <= each.at ? first : each), null)?.id ?? null;
}

function inTime(found) {
  let last = -Infinity;
  const timed = found.map(({ row }) => {
    last = timesOf(row.id)?.projected_start ?? last;
    return { id: row.id, at: last };
  });
  return timed.sort((one, other) => one.at - other.at).map(({ id }) => id);
}
