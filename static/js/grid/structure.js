// Rows as wholes: add one, move one, take one out, and what kind it is. Each is one op, and each can be taken back.

import { newId, send } from "../op.js";
import { reason } from "../reasons.js";
import { rowOf } from "../rows.js";
import { entries, entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { t } from "../words.js";
import { active, activeId, nextRow, select } from "./cells.js";
import { begin } from "./editor.js";
import { day, track } from "./filter.js";
import { picked } from "./picked.js";
import { siblings, spot, stepFrom } from "./places.js";
import { moveBy } from "./reshape.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";
import { remember, undo } from "./undo.js";

const AS_BESIDE = { segment: "item", item: "item", buffer: "item", delay: "item", cue: "cue" };

// A row that I have just added, to be stood on as soon as it is there.
let awaited = null;

/** Send an op on a row and say what came of it. */
export async function change(op, args, { title, base, key = null, done = "" }) {
  const result = await send(op, args, { title, base, shows: () => true });
  if (result.status === "applied") {
    remember(result, { key, title });
    tell("landed", {});
    if (done) say(done, { action: t("undo"), act: undo });
    return true;
  }
  say(`${title}: ${reason(result.error)}`, { alert: true });
  return false;
}

/** Add a row below the active one; without `kind`, one like it. */
export async function add(kind = "") {
  const here = active();
  const wanted = kind || AS_BESIDE[here?.tr.dataset.kind] || "item";
  const place = here && !here.tr.hidden ? spot(wanted, here.id) : atEnd(wanted);
  if (!place) {
    say(t(wanted === "cue" ? "cue_needs_item" : "no_place_for_row"), { alert: true });
    return null;
  }
  return addAt(wanted, place);
}

/** Behind the last row of the day on the track that is looked at. */
function atEnd(kind) {
  const rows = entries().filter(({ row }) => row.day === day() && (!track() || row.track === track()));
  const last = rows.at(-1);
  if (last) return spot(kind, last.row.id);
  const on = track() || document.querySelector('[data-list="track"] > *')?.dataset.id;
  if (!on || kind === "cue") return null;
  return { track: on, parent: null, after: siblings(on, null).at(-1) ?? null, day: day() };
}

export async function addAt(kind, place, more = {}) {
  const id = `r${newId().replaceAll("-", "").slice(0, 12)}`;
  awaited = id;
  const args = { id, kind, title: "", ...place, ...more };
  const isThere = await change("cue.add", args, { title: t("new_row"), key: "title" });
  return isThere ? id : null;
}

/** Stand in the title of a row of mine that has just come, ready to type. */
function arrived() {
  const tr = awaited && rowOf(`cue-${awaited}`);
  if (!tr) return;
  awaited = null;
  tr.hidden = false;
  select(tr, "title");
  tell("back", {});
  begin();
}

/** Move the chosen rows, or the active one, one place up or down, out of their segment where that ends. */
export async function shift(step) {
  const many = picked();
  if (many.length > 1) {
    await moveBy(step, many);
    return;
  }
  const id = activeId();
  const place = active() && stepFrom(id, step);
  if (!place) {
    say(t("no_further"));
    return;
  }
  await moveTo(id, place);
}

/** Move a row; it stays the active one. */
export async function moveTo(id, place) {
  const title = titleOf(id);
  await change("cue.move", { id, ...place }, { title: `${title} · ${t("moved")}` });
  const tr = rowOf(`cue-${id}`);
  if (tr && activeId() === id) select(tr);
}

export async function remove() {
  const here = active();
  if (!here) return;
  if (picked().length > 1) {
    tell("ask", "remove");
    return;
  }
  const title = titleOf(here.id);
  const next = nextRow(here.tr, 1) ?? nextRow(here.tr, -1);
  const below = entries().filter(({ row }) => row.parent === here.id).map(({ row }) => row.id);
  const isGone = await change("cue.remove", { id: here.id }, { title: `${title} · ${t("removed")}`, done: t("row_removed", { title }) });
  if (!isGone) return;
  const left = next?.isConnected && !below.includes(next.dataset.id) ? next : null;
  if (left) select(left);
}

/** 硬時間: a time that must not be missed. */
export function toggleHard() {
  const here = active();
  if (!here) return;
  const hard = !entry(here.id).row.hard;
  const title = titleOf(here.id);
  const args = { id: here.id, set: { hard } };
  change("cue.edit", args, { title, base: here.tr.dataset.v, key: "start", done: t(hard ? "hard_set" : "hard_taken", { title }) });
}

export function setKind(kind) {
  const here = active();
  if (!here || here.tr.dataset.kind === kind) return;
  const title = titleOf(here.id);
  change("cue.edit", { id: here.id, set: { kind } }, { title, base: here.tr.dataset.v, done: t("kind_set", { title, kind: t(`kind_${kind}`) }) });
}

export function start() {
  hear("board", ({ changed }) => changed && arrived());
}

