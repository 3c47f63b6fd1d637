// The private note of my department, in the form in which a lead edits a row. It is an entity of its own, since few may
// read it, and so it goes out as an op of its own.

import { me } from "./me.js";
import { send } from "./op.js";
import { hear } from "./signal.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

let work = null;

const form = () => document.getElementById("edit-form");
const dialog = () => document.getElementById("edit");
const field = () => form().elements["own-note"];
const noteOf = (id) => document.getElementById(`note-${id}:${me()?.dept}`);

function fill() {
  const { id } = dialog().dataset;
  const note = noteOf(id);
  work = { id, was: note?.lastChild.textContent.trim() ?? "", base: note?.dataset.v };
  field().value = work.was;
  // Until this module is there, nothing typed would be sent.
  field().readOnly = false;
}

function save() {
  const text = field().value.trim();
  if (!work || text === work.was) return;
  const { id, base } = work;
  work = null;
  send("note.put", { cue: id, department: me().dept, text }, { row: `cue-${id}`, base, title: `${titleOf(id)} · ${t("edited")}` });
}

export function start() {
  hear("edit", fill);
  if (dialog().open) fill();
  form().addEventListener("submit", save, { capture: true });
}
