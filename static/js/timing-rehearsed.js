// A line as it is rehearsed: the same rows on another clock. The twin of server/runsheet/timing_rehearsed.py, which
// says the rules. The engine is given copies, and knows nothing of rehearsals.

const ASIDE = " aside";
const WAITING = new Set(["planned", "warm", "standby"]);

/** The rows, in tree order, as the engine takes them while these run: {track, day, on, first, shift, began}. */
export function rehearse(rows, rehearsals) {
  if (!rehearsals.length) return rows;
  const running = new Map(rehearsals.map((each) => [each.track, each]));
  const there = new Set(rows.filter((row) => running.get(row.track)?.day === row.day).map(({ id }) => id));
  const reached = new Set(rehearsals.filter(({ first }) => !there.has(first)).map(({ track }) => track));
  return rows.map((row) => asRehearsed(row, running.get(row.track), reached));
}

function asRehearsed(row, found, reached) {
  if (!found) return row;
  if (row.day !== found.day) return row.day === found.on ? { ...row, track: row.track + ASIDE } : row;
  if (row.id === found.first) reached.add(row.track);
  return { ...row, day: found.on, baseline: null, ...shifted(row, found, reached.has(row.track)) };
}

function shifted(row, { first, began, shift }, isReached) {
  const end = later(row.end, shift);
  if (row.id === first) return { start_mode: "fixed", start: began, end };
  const isLeftOut = !isReached && ["item", "buffer", "delay"].includes(row.kind) && WAITING.has(row.state);
  return { state: isLeftOut ? "skipped" : row.state, start: later(row.start, shift), end };
}

const later = (moment, shift) => (moment === null ? null : moment + shift);
