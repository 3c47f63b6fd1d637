// What is done to several rows is one op: all of it or nothing, and one step to take back. Who was faster with one of
// the rows is told by name, and one decides for all of these rows at once.

import { copy, mark, out, write } from "../dom.js";
import { clock } from "../format.js";
import { nameOf } from "../names.js";
import { send } from "../op.js";
import { page } from "../page.js";
import { reason } from "../reasons.js";
import { rowOf } from "../rows.js";
import { entry } from "../sheet.js";
import { tell } from "../signal.js";
import { t } from "../words.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";
import { remember, undo } from "./undo.js";

/** What one op may hold; whoever has more uses the import. */
export const MOST_ROWS = 200;

const versionOf = (id) => Number(rowOf(`cue-${id}`)?.dataset.v ?? 0);

/** The versions of rows as one sees them now: what is typed is made from these. */
export const seen = (ids) => new Map(ids.map((id) => [id, versionOf(id)]));

/** A step on a row, made from the version that one sees, or saw when one began. */
export const step = (op, args, base = versionOf(args.id)) => (rowOf(`cue-${args.id}`) ? { op, args, base_version: base } : { op, args });

/**
 * Do all of these steps or none. `title`: what it is, in the tray and when it is taken back · `key`: the column in which it
 * shows · `done`: what to say then. Resolves with whether it was done.
 */
export async function doAll(steps, { title, key = null, done = "", quiet = false }) {
  if (steps.length > 2 * MOST_ROWS) return tooMany();
  const ids = steps.map(({ args }) => args.id);
  const result = await perform("cue.batch", { steps }, { ids, title });
  if (result.status === "applied") landed(result, { title, key, done });
  else if (result.error.rows) return clashed(steps, result.error, { title, key, done });
  else if (!quiet) refused(result, title);
  return result.status === "applied";
}

/** One op of its own on several rows, made from what one sees of them; as `doAll`. */
export async function doOne(op, args, { ids, title, done }) {
  const result = await perform(op, args, { ids, title });
  if (result.status === "applied") landed(result, { title, done });
  else refused(result, title);
  return result.status === "applied";
}

/** The newest of the versions that one sees is what it was made from: rows come in the order of the log. */
function perform(op, args, { ids, title }) {
  const rows = [...new Set(ids)].map((id) => `cue-${id}`);
  return send(op, args, { row: rows[0], rows, title, base: Math.max(...ids.map(versionOf)), shows: () => true });
}

function landed(result, { title, key = null, done }) {
  remember(result, { key, title });
  tell("landed", {});
  if (done) say(done, { action: t("undo"), act: undo });
}

export function tooMany() {
  say(t("too_many_rows", { most: MOST_ROWS }), { alert: true });
  return false;
}

function refused({ error }, title) {
  const row = error.row && entry(error.row) ? `${titleOf(error.row)}: ` : "";
  const when = error.who && error.when ? ` (${nameOf("people", error.who)} ${clock(Date.parse(error.when), page.zone, null, true)})` : "";
  say(`${title}: ${row}${reason(error)}${when}`, { alert: true });
}

/** Beside the table: who changed which rows meanwhile. Mine for these too, or all but these. */
function clashed(steps, error, about) {
  const rows = Object.keys(error.rows);
  const panel = copy("clash-many").firstElementChild;
  const when = error.when ? clock(Date.parse(error.when), page.zone, null, true) : "";
  write(out("clash-title", panel), t("clash_rows", { title: about.title, who: nameOf("people", error.who), when, n: rows.length }));
  out("clash-rows", panel).replaceChildren(...rows.map((id) => line(id)));
  return new Promise((answer) => {
    panel.addEventListener("click", ({ target }) => {
      const kept = target.closest("[data-keep]")?.dataset.keep;
      if (!kept) return;
      close(panel, rows);
      tell("back", {});
      const again = kept === "mine" ? steps.map((each) => rebased(each, error.rows)) : steps.filter(({ args }) => !(args.id in error.rows));
      answer(kept === "none" || !again.length ? false : doAll(again, about));
    });
    for (const id of rows) markRow(id, true);
    document.getElementById("side").prepend(panel);
    tell("side");
  });
}

const rebased = (each, versions) => (each.args.id in versions ? { ...each, base_version: versions[each.args.id] } : each);

function line(id) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: titleOf(id) });
  button.dataset.go = id;
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function close(panel, rows) {
  panel.remove();
  for (const id of rows) markRow(id, false);
  tell("side");
}

function markRow(id, on) {
  const cell = rowOf(`cue-${id}`)?.querySelector("th.title");
  if (cell) mark(cell, "data-clash", on);
}
