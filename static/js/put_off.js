// 延後 +5: which op puts a row and what follows off. On the phone and in the table.

import { newId } from "./op.js";
import { entries, entry } from "./sheet.js";

const STEP_S = 300;

/** [op, arguments, base version]: a delay before the row, or a longer one if there is one already. */
export function putOff(id) {
  const { row } = entry(id);
  const beside = entries().filter((each) => each.row.parent === row.parent && each.row.track === row.track);
  const before = beside[beside.findIndex((each) => each.id === id) - 1];
  if (before?.row.kind === "delay" && before.row.state !== "skipped" && before.row.day === row.day) {
    return ["cue.edit", { id: before.id, set: { duration_s: before.row.duration / 1000 + STEP_S } }, before.version];
  }
  const made = `r${newId().replaceAll("-", "").slice(0, 20)}`;
  const place = { track: row.track, day: row.day, after: before?.id ?? null, ...(row.parent ? { parent: row.parent } : {}) };
  return ["cue.add", { id: made, kind: "delay", number: "", title: "延後", title_en: "Delay", duration_s: STEP_S, ...place }];
}
