// The plan of a run sheet: each row's place on the line of its track and day. Twin of
// server/runsheet/timing_plan.py.

export const unknown = () => ({
  planned_start: null,
  planned_end: null,
  projected_start: null,
  projected_end: null,
});

/** Place all rows. Segments, and what is inside items, get their times later from what they hang on. */
export function plan(rows) {
  const sheet = {
    rows,
    byId: new Map(rows.map((row) => [row.id, row])),
    times: new Map(),
    skipped: new Set(),
    anchors: new Map(),
    opened: new Map(), // the first start in each segment
    lines: new Map(),
    gaps: new Map(), // from the end of the row before, negative where they overlap
    inside: [], // the rows in items
  };
  rows.forEach((row, index) => {
    sheet.times.set(row.id, unknown());
    if (row.state === "skipped" || sheet.skipped.has(row.parent)) sheet.skipped.add(row.id);
    if (row.kind === "segment") enter(sheet, row, index);
    else if (isInside(sheet, row)) sheet.inside.push(row);
    else place(sheet, row);
  });
  return sheet;
}

function isInside(sheet, row) {
  const parent = sheet.byId.get(row.parent);
  return row.kind === "cue" || (parent !== undefined && parent.kind !== "segment");
}

/** Open a segment. One without a start of its own passes on the anchor of the segment around it. */
function enter(sheet, row, index) {
  const start = ownStart(sheet, row);
  if (start !== null) {
    sheet.times.get(row.id).planned_start = start;
    sheet.anchors.set(row.id, { index, start, day: row.day });
    opened(sheet, row.id, start);
  } else if (sheet.anchors.has(row.parent)) {
    sheet.anchors.set(row.id, sheet.anchors.get(row.parent));
  }
}

/** Give a row its slot. Only an unskipped one moves its line on. */
function place(sheet, row) {
  const line = lineOf(sheet, row);
  const anchor = sheet.anchors.get(row.parent);
  const slot = slotFor(sheet, row, line, anchor);
  if (slot.timed) {
    const times = sheet.times.get(row.id);
    [times.planned_start, times.planned_end] = [slot.start, slot.end];
  }
  if (sheet.skipped.has(row.id)) return;
  if (slot.timed && slot.start !== null && line.end !== null && slot.start !== line.end) sheet.gaps.set(row.id, slot.start - line.end);
  line.slots.push(slot);
  line.end = slot.end ?? line.end;
  line.anchored = Math.max(line.anchored, anchor ? anchor.index : -1);
  opened(sheet, row.parent, slot.start);
}

function lineOf(sheet, row) {
  const key = `${row.track} ${row.day}`;
  if (!sheet.lines.has(key)) {
    const { track, day } = row;
    sheet.lines.set(key, { track, day, slots: [], end: null, anchored: -1, base: null, standing: null });
  }
  return sheet.lines.get(key);
}

function slotFor(sheet, row, line, anchor) {
  const first = anchor !== undefined && anchor.index > line.anchored && anchor.day === row.day;
  const own = ownStart(sheet, row);
  const link = first ? anchor.start : line.end;
  const start = own ?? link;
  const firm = first || own !== null;
  const timed = row.start_mode !== "manual" && row.start_mode !== "line";
  return { row, index: line.slots.length, start, end: finish(row, start), firm, timed };
}

/** Find a start that does not follow from the row before; an unknown one is linked after all. */
function ownStart(sheet, row) {
  if (row.kind === "delay") return null;
  if (row.start_mode === "offset" && sheet.opened.has(row.parent)) {
    return sheet.opened.get(row.parent) + row.offset;
  }
  return row.start_mode === "fixed" ? row.start : null;
}

/** Let the first start in a segment open it, and what is around it as far as that isn't open yet. */
function opened(sheet, segment, start) {
  while (start !== null && sheet.byId.has(segment) && !sheet.opened.has(segment)) {
    sheet.opened.set(segment, start);
    segment = sheet.byId.get(segment).parent;
  }
}

/** Say when a row ends that begins at `start`. */
export function finish(row, start) {
  if (row.kind === "delay") return start;
  if (keepsEnd(row)) return start === null ? row.end : Math.max(row.end, start + least(row));
  return start === null ? null : start + row.duration;
}

export const keepsEnd = (row) => row.end_mode !== "duration" && row.end !== null;

/** Say how short a row with an end may get. */
export function least(row) {
  return row.end_mode === "count_to_end" && row.kind !== "buffer" ? 0 : (row.minimum ?? 0);
}

export const length = (row, start, end) => (start === null || end === null ? row.duration : end - start);

/** Choose the plan that is shown: frozen, or else as it stands. */
export const planned = (slot) => slot.row.baseline ?? [slot.start, slot.end];
