// The private note of my department, in the form in which a lead edits a row. It is an entity of its own, since few may
// read it, and so it goes out as an op of its own.

import { known } from "./live.js";
import { me } from "./me.js";
import { send, waiting } from "./op.js";
import { hear } from "./signal.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

// So much of a text is told with it: what is refused is not lost with its form.
const SAID = 80;
let work = null;

const form = () => document.getElementById("edit-form");
const dialog = () => document.getElementById("edit");
const field = () => form().elements["own-note"];
/** What I wrote last of that row's note, if it is still on its way. */
const sentOf = (id) => waiting().findLast(({ op }) => op.op === "note.put" && op.args.cue === id)?.op.args.text;
const noteOf = (id) => document.getElementById(`note-${id}:${me()?.dept}`);

function fill() {
  const { id } = dialog().dataset;
  const note = noteOf(id);
  work = { id, was: sentOf(id) ?? note?.lastChild.textContent.trim() ?? "", base: note?.dataset.v ?? known() };
  field().value = work.was;
  // Until this module is there, nothing typed would be sent.
  field().readOnly = false;
}

function save() {
  const text = field().value.trim();
  if (!work || text === work.was) return;
  const { id, base } = work;
  work = null;
  send("note.put", { cue: id, department: me().dept, text }, { row: `cue-${id}`, base, title: `${titleOf(id)} · ${text.slice(0, SAID) || t("edited")}` });
}

export function start() {
  hear("edit", fill);
  if (dialog().open) fill();
  form().addEventListener("submit", save, { capture: true });
}
