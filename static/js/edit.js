// Edit a row on the phone, add one after it, move it, take it out. An edit says from which version it was made; if
// somebody changed the same field since, one chooses whose value stays.

import { clashes, fieldFor, leftOf } from "./clash.js";
import { openRow } from "./detail.js";
import { make, out, write } from "./dom.js";
import { changesOf, shownOf } from "./fields.js";
import { editing } from "./live.js";
import { me } from "./me.js";
import { names } from "./names.js";
import { newId, send } from "./op.js";
import { reason } from "./reasons.js";
import { entries, entry } from "./sheet.js";
import { tell } from "./signal.js";
import { titleOf } from "./turn.js";
import { isLiveFor } from "./version.js";
import { t } from "./words.js";

const PATIENCE_MS = 1500;
const STAY_MS = 10_000;
let form = null;
let dialog = null;
let work = null;
let stayer = 0;

function open(mode, id) {
  const found = entry(id);
  const shown = mode === "edit" ? shownOf(found) : {};
  work = { mode, id, found, shown, base: found.version };
  form.reset();
  for (const [name, value] of Object.entries(shown)) set(name, value);
  for (const part of form.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== mode;
  if (form.elements.kind) form.elements.kind.value = found.row.kind === "cue" ? "cue" : "item";
  write(document.getElementById("edit-title"), mode === "edit" ? titleOf(id) : t("new_row"));
  out("edit-clash").replaceChildren();
  complain([]);
  document.getElementById("detail").close();
  dialog.showModal();
  if (mode !== "edit") return;
  stay(id);
  dialog.dataset.id = id;
  tell("edit");
}

/** Tell the others which row I have open, and go on telling them, since whoever falls silent is forgotten. */
function stay(id) {
  editing(id);
  stayer = setInterval(() => editing(id), STAY_MS);
}

function leave() {
  clearInterval(stayer);
  editing(null);
}

function set(name, value) {
  const field = form.elements[name];
  if (!field) return;
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

function typed() {
  const values = {};
  for (const field of form.elements) {
    if (field.name && field.name !== "kind") values[field.name] = field.type === "checkbox" ? field.checked : field.value.trim();
  }
  return values;
}

/** Show under each of these fields what is wrong with it. */
function complain(wrong, text = () => t("cannot_read")) {
  for (const field of form.elements) {
    if (!field.name) continue;
    const error = document.getElementById(`${field.id}-err`);
    const isWrong = wrong.includes(field.name);
    field.setAttribute("aria-invalid", String(isWrong));
    if (error) write(error, isWrong ? text(field.name) : "");
  }
  const first = wrong[0] && form.elements[wrong[0]];
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
}

function submit(event) {
  event.preventDefault();
  const kind = work.mode === "edit" ? work.found.row.kind : form.elements.kind.value;
  const about = work.mode === "edit" ? work.found : { row: work.found.row };
  const { set: values, wrong } = changesOf(typed(), work.shown, about, kind);
  complain(wrong);
  if (wrong.length) return;
  if (work.mode === "add") add(kind, values);
  else if (Object.keys(values).length) edit(values, work.base);
  else dialog.close();
}

async function edit(values, base) {
  const { id } = work;
  const mine = work;
  const title = `${titleOf(id)} · ${t(isLiveFor(me()?.id) ? "edited" : "edited_waits")}`;
  const here = () => dialog.open && work === mine;
  const late = setTimeout(() => here() && dialog.close(), PATIENCE_MS);
  const result = await send("cue.edit", { id, set: values }, { base, title, shows: (status) => status !== "applied" && here() });
  clearTimeout(late);
  if (here()) answered(result, values);
}

function answered(result, values) {
  if (result.status === "applied") dialog.close();
  else if (result.error?.code === "stale") clashed(result.error, values);
  else refused(result.error);
}

function refused(error) {
  const fields = Object.keys(error.fields ?? {}).map((name) => fieldFor(name.replace(/^set\./, "")));
  complain(fields.filter((name) => form.elements[name]));
  out("edit-clash").replaceChildren(make("p", { class: "notice", "data-tone": "stop", role: "alert" }, reason(error)));
}

/** Somebody was faster: keep mine, or take theirs and send what is left. */
function clashed(error, values) {
  const keep = () => edit(values, error.version);
  const take = () => {
    const left = leftOf(values, error.now);
    if (left) edit(left, error.version);
    else dialog.close();
  };
  out("edit-clash").replaceChildren(clashes(error, values, keep, take));
  dialog.scrollTop = 0;
}

async function add(kind, values) {
  const id = `r${newId().replaceAll("-", "").slice(0, 20)}`;
  const { row } = work.found;
  if (!values.title && !values.title_en) {
    complain(["title"], () => t("needs_title"));
    return;
  }
  const title = values.title ?? values.title_en;
  dialog.close();
  await send("cue.add", { id, kind, track: row.track, ...place(kind, row), title: title, ...values }, { row: `cue-${row.id}`, title: `${title} · ${t("added")}` });
}

/** Where a new row stands: after the one it was asked for, or first within it. */
function place(kind, row) {
  const parent = row.parent && entry(row.parent)?.row;
  if (kind === "segment") return { after: parent?.parent ?? parent?.id ?? row.id };
  if (kind === "cue") return row.kind === "cue" ? { parent: row.parent, after: row.id } : { parent: row.id, after: null };
  if (row.kind === "segment") return { parent: row.id, after: null };
  if (row.kind === "cue") return { parent: parent?.parent ?? undefined, after: row.parent };
  return { parent: row.parent ?? undefined, after: row.id };
}

/** One place up or down among its siblings of the track. */
function move(id, step) {
  const { row } = entry(id);
  const siblings = entries().filter((each) => each.row.parent === row.parent && each.row.track === row.track).map((each) => each.row.id);
  const rest = siblings.filter((each) => each !== id);
  const to = siblings.indexOf(id) + step;
  if (to < 0 || to >= siblings.length) return;
  send("cue.move", { id, after: to === 0 ? null : rest[to - 1] }, { title: `${titleOf(id)} · ${t("moved")}` });
}

const deeds = {
  edit: (id) => open("edit", id),
  add: (id) => open("add", id),
  up: (id) => move(id, -1),
  down: (id) => move(id, 1),
  remove(id) {
    document.getElementById("detail").close();
    send("cue.remove", { id }, { title: `${titleOf(id)} · ${t("removed")}` });
  },
};

export function start() {
  form = document.getElementById("edit-form");
  if (!form) return;
  dialog = document.getElementById("edit");
  form.elements.person?.append(...names("people").map(([id, name]) => make("option", { value: id }, name)));
  form.addEventListener("submit", submit);
  dialog.addEventListener("close", leave);
  document.getElementById("detail").addEventListener("click", ({ target }) => {
    const deed = target.closest("[data-edit-act]")?.dataset.editAct;
    if (deed && openRow()) deeds[deed](openRow());
  });
}
