// 延後 +5: which op puts a row and what follows off. On the phone and in the table.

import { newId, waiting } from "./op.js";
import { entries, entry } from "./sheet.js";

const STEP_S = 300;

/** [op, arguments, base version]: a delay before the row, or a longer one if there is one already, be it on its way. */
export function putOff(id) {
  const { row } = entry(id);
  const beside = entries().filter((each) => each.row.parent === row.parent && each.row.track === row.track);
  const before = beside[beside.findIndex((each) => each.id === id) - 1];
  const place = { track: row.track, day: row.day, after: before?.id ?? null, ...(row.parent ? { parent: row.parent } : {}) };
  const isThere = before?.row.kind === "delay" && before.row.state !== "skipped" && before.row.day === row.day;
  const delay = isThere ? { id: before.id, duration_s: before.row.duration / 1000 } : made(place);
  if (delay) return ["cue.edit", { id: delay.id, set: { duration_s: lengthOf(delay) + STEP_S } }, isThere ? before.version : undefined];
  const fresh = `r${newId().replaceAll("-", "").slice(0, 20)}`;
  return ["cue.add", { id: fresh, kind: "delay", number: "", title: "延後", title_en: "Delay", duration_s: STEP_S, ...place }];
}

/** My delay in this place whose row hasn't come yet: a second tap makes it longer, and no other beside it. */
function made({ track, day, after, parent }) {
  const here = ({ kind, ...args }) => kind === "delay" && args.track === track && args.day === day && args.after === after && args.parent === parent;
  return waiting().findLast(({ op: { op, args } }) => op === "cue.add" && here(args))?.op.args;
}

/** How long a delay is with what I have asked for and nobody has answered. */
function lengthOf({ id, duration_s: known }) {
  const edit = waiting().findLast(({ op: { op, args } }) => op === "cue.edit" && args.id === id && args.set.duration_s);
  return edit?.op.args.set.duration_s ?? known;
}
