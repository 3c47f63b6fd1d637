// One value for a column of many rows, and a stretch of the plan moved by so much.

import { late } from "../format.js";
import { rowOf } from "../rows.js";
import { entry } from "../sheet.js";
import { t } from "../words.js";
import { doAll, MOST_ROWS, seen, step, tooMany } from "./batch.js";
import { indexOf, labelOf } from "./cells.js";
import { refuse } from "./commit.js";
import { cover, uncover } from "./drafts.js";
import { fieldOf } from "./fields.js";
import { parseDuration } from "./parse.js";
import { withBelow } from "./picked.js";
import { named } from "./reshape.js";

/** A row's cell as fields read it. */
export function cellAt(id, key) {
  const tr = rowOf(`cue-${id}`);
  return { tr, cell: tr.cells[indexOf(key)], id, key };
}

/** What a text says in a column of a row: {set} or {wrong}. */
export function readAt(id, key, text) {
  const field = fieldOf(key);
  const said = (field.long ? text.trim() : text.trim().replaceAll(/\s*\n\s*/g, " ")).slice(0, field.most);
  return { said, ...field.read(said, cellAt(id, key)) };
}

/** Put one text into a column of all these rows, as if it were typed in each. Returns why if it can't be read. */
export function fill(ids, key, text, bases = seen(ids)) {
  const cells = ids.map((id) => ({ id, key, text, ...readAt(id, key, text) }));
  const wrong = cells.find((each) => each.wrong);
  if (wrong) return t(wrong.wrong, wrong);
  const title = `${labelOf(key)} · ${named(ids)}`;
  editAll(cells, { title, key, bases, done: t("filled", { column: labelOf(key), what: named(ids) }) });
  return "";
}

/** Send edits of cells ({id, key, said, set} or {wrong}) as one step; they show at once. */
export async function editAll(cells, { title, key, done, before = [], bases = new Map() }) {
  const right = cells.filter((each) => !each.wrong);
  for (const each of cells) if (each.wrong) refuse({ ...each, text: each.said }, t(each.wrong, each));
  const sets = new Map();
  for (const { id, set } of right) sets.set(id, merged(sets.get(id) ?? {}, set));
  if (sets.size + before.length > MOST_ROWS) return tooMany();
  const steps = [...before, ...[...sets].map(([id, set]) => step("cue.edit", { id, set }, bases.get(id)))];
  if (!steps.length) return false;
  const drafts = right.map((each) => cover(each.id, each.key, each.said, "pending"));
  const isDone = await doAll(steps, { title, key, done });
  for (const draft of drafts) uncover(draft);
  return isDone;
}

const merged = (one, other) => ({ ...one, ...other, ...(other.columns && { columns: { ...one.columns, ...other.columns } }) });

/** `+10`, `-5:00`, `1:30:00` → signed seconds; a bare number is minutes, `5:00` minutes and seconds. Else null. */
export function parseShift(text) {
  const said = text.normalize("NFKC").trim().replace(/^[−﹣–]/u, "-");
  const length = said.replace(/^[+-]\s*/u, "");
  const seconds = parseDuration(length, length.includes(":") ? "seconds" : "minutes");
  return seconds === null ? null : said.startsWith("-") ? -seconds : seconds;
}

/**
 * Move the times of their own that these rows and all under them have, by seconds. Instants are moved, so midnight and a
 * change of the clocks are no matter; what follows from a time follows by itself. Returns why nothing can be moved.
 */
export function shiftBy(ids, seconds) {
  const moved = (moment) => new Date(moment + seconds * 1000).toISOString();
  const steps = [];
  for (const id of withBelow(ids)) {
    const { row } = entry(id);
    const set = { ...(row.start_mode === "fixed" && row.start !== null && { start: moved(row.start) }), ...(row.end_mode !== "duration" && row.end !== null && { end: moved(row.end) }) };
    if (Object.keys(set).length) steps.push(step("cue.edit", { id, set }));
  }
  if (!steps.length) return t("nothing_to_shift");
  const by = late(seconds * 1000);
  doAll(steps, { title: `${named(ids)} ${by}`, key: "start", done: t("shifted", { n: steps.length, by }) });
  return "";
}
