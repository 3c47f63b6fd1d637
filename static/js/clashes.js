// Rows that need the same person, place or microphone at once. Pure: no page, no clock.
//
// A row needs what it names from its start up to, not including, its end; one without a length for a moment. What has a
// time takes part, unless it is over: no segments, which only stand around others; no delays, which nobody works in; a
// buffer does, since a changeover is work, and names whom it needs. Done rows and skipped ones are past helping.
//
// · What stands in an item (a cue) is the item's own: it asks for nothing that the item asks for itself, and not for a place.
// · On one track people go from row to row, and a cue is prepared while the one before runs: only items that lie over
//   each other clash there, each with a length.
// · A place clashes between two tracks; on one, whatever stands there is one show. A row of four hours keeps a place open
//   rather than taking it, and where three tracks are at once, or many rows meet, there is room for many.

const MINE = ["person", "microphone"];
const OVER = new Set(["done", "skipped"]);
const AROUND = new Set(["segment", "delay"]);
const OPEN_MS = 4 * 3_600_000;
// Of more than these a row is compared with those that last longest: who is in forty rows at once has another trouble.
const AT_ONCE = 8;
const ROOMY = 6;

/**
 * All clashes by time: {one, other, start, end, needs}, where `one` begins first, and `needs` are {kind, id}.
 *
 * `rows` in tree order: {id, kind, parent, track, state, start, end, people, place, microphones}; start and end in ms,
 * or null where they aren't known.
 */
export function clashes(rows) {
  const found = new Map();
  for (const [key, users] of usersOf(rows)) {
    const need = { kind: key.slice(0, key.indexOf(" ")), id: key.slice(key.indexOf(" ") + 1) };
    for (const [one, other] of need.kind === "place" ? roomFor(sweep(users)) : sweep(users)) add(found, one, other, need);
  }
  return [...found.values()].sort((one, other) => one.start - other.start || one.end - other.end || compare(one.one, other.one) || compare(one.other, other.other));
}

function add(found, one, other, need) {
  const key = `${one.id} ${other.id}`;
  if (!found.has(key)) found.set(key, { one: one.id, other: other.id, start: other.start, end: Math.max(other.start, Math.min(one.end, other.end)), needs: [] });
  found.get(key).needs.push(need);
}

/** Who needs what: a map from "kind id" to rows. */
function usersOf(rows) {
  const [byId, skipped, users] = [new Map(), new Set(), new Map()];
  for (const row of rows) {
    byId.set(row.id, row);
    if (row.state === "skipped" || skipped.has(row.parent)) skipped.add(row.id);
    if (AROUND.has(row.kind) || OVER.has(row.state) || skipped.has(row.id) || row.start === null || row.end === null) continue;
    const holder = holderOf(row, byId);
    const user = { id: row.id, track: row.track, start: row.start, end: row.end, until: Math.max(row.end, row.start + 1), isInside: holder !== null };
    for (const key of needsOf(row, holder)) {
      if (users.has(key)) users.get(key).push(user);
      else users.set(key, [user]);
    }
  }
  return users;
}

/** The item that a row stands in, or null. */
function holderOf(row, byId) {
  let holder = null;
  for (let above = byId.get(row.parent); above; above = byId.get(above.parent)) if (above.kind !== "segment") holder = above;
  return holder;
}

function needsOf(row, holder) {
  const own = new Set([...row.people.map((id) => `person ${id}`), ...row.microphones.map((id) => `microphone ${id}`)]);
  if (holder) return [...own].filter((key) => !named(holder).includes(key));
  if (row.place && row.end - row.start < OPEN_MS) own.add(`place ${row.place}`);
  return own;
}

const named = ({ people, microphones }) => [people, microphones].flatMap((ids, index) => ids.map((id) => `${MINE[index]} ${id}`));

/** Pairs of rows at once, by going through their beginnings. */
function sweep(users) {
  const pairs = [];
  let running = [];
  for (const user of users.sort(byStart)) {
    running = running.filter(({ until }) => until > user.start);
    for (const other of running) if (isClash(other, user)) pairs.push([other, user]);
    running.push(user);
    if (running.length > AT_ONCE) running.splice(running.indexOf(running.reduce(earlierEnd)), 1);
  }
  return pairs;
}

const byStart = (one, other) => one.start - other.start || one.until - other.until || compare(one.id, other.id);
const earlierEnd = (one, other) => (other.until < one.until ? other : one);
const compare = (one, other) => (one < other ? -1 : Number(one > other));

function isClash(one, other) {
  if (one.track !== other.track) return true;
  return !one.isInside && !other.isInside && one.end > one.start && other.end > other.start;
}

/** Those of a place, if it is one that only one show can have. */
function roomFor(pairs) {
  const across = pairs.filter(([one, other]) => one.track !== other.track);
  if (across.length > ROOMY) return [];
  const beside = new Map();
  for (const [one, other] of across) {
    beside.set(other, (beside.get(other) ?? new Set()).add(one.track));
    if (beside.get(other).size > 1) return [];
  }
  return across;
}
