// Rows as wholes, several at a time: copied, moved, split, joined, taken out, left out. Each is one step to take back.

import { mayCall } from "../me.js";
import { newId } from "../op.js";
import { rowOf } from "../rows.js";
import { entry, timesOf } from "../sheet.js";
import { t } from "../words.js";
import { page } from "../page.js";
import { doAll, doOne, MOST_ROWS, step, tooMany } from "./batch.js";
import { active, nextRow, select } from "./cells.js";
import { momentOf, parseClock, parseDuration } from "./parse.js";
import { meant, pick, tops, withBelow } from "./picked.js";
import { holdsAt, siblings, stepFrom } from "./places.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";

const idOf = () => `r${newId().replaceAll("-", "").slice(0, 12)}`;
const rowAt = (id) => entry(id).row;

/** How several rows are called in sentences: by name, or how many. */
export const named = (ids) => (ids.length === 1 ? titleOf(ids[0]) : t("n_rows", { n: ids.length }));

/** Copy each row behind the last of them that stands beside it; the copies are chosen then. */
export async function duplicate() {
  const ids = tops(meant());
  if (!ids.length) return;
  if (ids.length > MOST_ROWS) return void tooMany();
  const last = new Map(ids.map((id) => [besides(id), id]));
  const copies = [];
  const steps = ids.map((id) => {
    const made = idOf();
    const after = last.get(besides(id));
    last.set(besides(id), made);
    copies.push(made);
    return { op: "cue.copy", args: { id: made, of: id, after } };
  });
  const title = `${named(ids)} · ${t("copied")}`;
  if (await doAll(steps, { title, done: t("rows_copied", { what: named(ids) }) })) stand(copies);
}

const besides = (id) => `${rowAt(id).track} ${rowAt(id).parent ?? ""}`;

/** Choose rows, and stand on the first of them. */
function stand(ids) {
  const there = ids.filter((id) => rowOf(`cue-${id}`));
  if (there.length > 1) pick(there);
  if (there.length) select(rowOf(`cue-${there[0]}`), "title");
}

/** Move rows together one place up or down; those that stood apart stand together then. */
export async function moveBy(by, ids) {
  const rows = tops(ids);
  const place = stepFrom(by > 0 ? rows.at(-1) : rows[0], by);
  if (!place) return say(t("no_further"));
  return moveAllTo(rows, place);
}

/** Move rows together to a place: {parent, after, track}. */
export async function moveAllTo(ids, { parent, after, track }) {
  const rows = tops(ids);
  if (rows.length > MOST_ROWS) return void tooMany();
  if (!rows.every((id) => holdsAt(parent, rowAt(id).kind))) return say(t("not_there"));
  let behind = clearOf(rows, parent, after, track);
  const steps = rows.map((id) => {
    const made = { op: "cue.move", args: { id, parent, after: behind, track } };
    behind = id;
    return made;
  });
  await doAll(steps, { title: `${named(rows)} · ${t("moved")}` });
  const here = active();
  if (here) select(here.tr);
}

/** The place behind which they go, which must not be one of them. */
function clearOf(rows, parent, after, track) {
  const all = siblings(track ?? rowAt(rows[0]).track, parent);
  let place = all.indexOf(after);
  while (place >= 0 && rows.includes(all[place])) place -= 1;
  return place < 0 ? null : all[place];
}

/** Take rows out, with what stands under them. */
export async function removeAll(ids) {
  const rows = tops(ids);
  if (rows.length > MOST_ROWS) return void tooMany();
  const all = new Set(withBelow(rows));
  let next = rowOf(`cue-${rows.at(-1)}`);
  while (next && all.has(next.dataset.id)) next = nextRow(next, 1);
  const title = `${named(rows)} · ${t("removed")}`;
  const isGone = await doAll(rows.map((id) => step("cue.remove", { id })), { title, done: t("row_removed", { title: named(rows) }) });
  if (isGone && next?.isConnected) select(next);
}

/** Join rows that follow each other into the first. */
export async function join() {
  const [id, ...rows] = tops(meant());
  if (!rows.length) return say(t("join_needs_rows"));
  const title = `${named([id, ...rows])} · ${t("joined")}`;
  const isDone = await doOne("cue.join", { id, rows }, { ids: [id, ...rows], title, done: t("rows_joined", { what: titleOf(id) }) });
  if (isDone) stand([id]);
}

/** How long the first part of a row is to be, in seconds, from a time of the day or a length; null if neither. */
export function partOf(id, text) {
  const row = rowAt(id);
  const start = timesOf(id)?.planned_start ?? null;
  const of = parseClock(text);
  const moment = of === null || start === null ? null : momentOf(row.day, of, page.zone, page.dayChange);
  if (moment !== null && moment > start && moment < start + row.duration) return Math.round((moment - start) / 1000);
  return parseDuration(text, row.kind === "cue" ? "seconds" : "minutes");
}

export async function split(id, seconds) {
  const made = idOf();
  const title = `${titleOf(id)} · ${t("was_split")}`;
  const isDone = await doOne("cue.split", { id, new: made, at_s: seconds }, { ids: [id], title, done: t("row_split", { title: titleOf(id) }) });
  if (isDone) stand([made]);
}

/** Leave rows out, or take back those that are left out; only for whoever calls their tracks. */
export async function skip() {
  const ids = tops(meant()).filter((id) => mayCall(rowAt(id).track));
  const back = ids.filter((id) => rowAt(id).state === "skipped");
  const rows = back.length ? back : ids.filter((id) => ["planned", "warm", "standby"].includes(rowAt(id).state));
  if (!rows.length) return say(t("nothing_to_skip"));
  const op = back.length ? "cue.resume" : "cue.skip";
  const word = t(back.length ? "taken_back" : "left_out");
  await doAll(rows.map((id) => ({ op, args: { id } })), { title: `${named(rows)} · ${word}`, done: `${named(rows)} · ${word}` });
}
