// Where a row stands in its track's column: in lanes side by side where rows are at once. Pure.

/**
 * Lay rows of one track in lanes: a map from id to {lane, of}, where `of` is how many lanes stand beside each other
 * there. `rows` are {id, start, end} in ms by their start; one without a length takes a minute.
 */
export function sideBySide(rows) {
  const laid = new Map();
  let [group, until] = [[], -Infinity];
  for (const row of rows) {
    if (row.start >= until) {
      close(group, laid);
      [group, until] = [[], -Infinity];
    }
    group.push(row);
    until = Math.max(until, endOf(row));
  }
  close(group, laid);
  return laid;
}

const endOf = ({ start, end }) => Math.max(end, start + 60_000);

/** Rows that hang together by their times: each in the first lane that is free. */
function close(group, laid) {
  const ends = [];
  const lanes = group.map((row) => {
    const free = ends.findIndex((end) => end <= row.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = endOf(row);
    return [row.id, lane];
  });
  for (const [id, lane] of lanes) laid.set(id, { lane, of: ends.length });
}
