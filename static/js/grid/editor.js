// The one field in which cells are edited. It always holds the keyboard's focus and lies unseen over the active cell, so
// that an input method's first key is the first of the text; it shows itself when one begins to type. It is no part of
// any row, so frames that rebuild, move or remove rows never touch what is being typed.

import { mark, write } from "../dom.js";
import { editing } from "../live.js";
import { hear, tell } from "../signal.js";
import { rowOf } from "../rows.js";
import { t } from "../words.js";
import { seen } from "./batch.js";
import { active, indexOf, labelOf, reveal, show, stepAside } from "./cells.js";
import { lost } from "./clash.js";
import { commit, refuse } from "./commit.js";
import { draftOf, uncover } from "./drafts.js";
import { fieldOf } from "./fields.js";
import * as offers from "./offers.js";
import { picked } from "./picked.js";
import { titleOf } from "./titles.js";

// Others forget that I am here after three of these.
const STILL_HERE_MS = 10_000;

let box = null;
let area = null;
let why = null;
let work = null;
let beat = 0;

export const isEditing = () => work !== null;

/** Take the keyboard's focus back to the table. */
export const focus = () => area.focus({ preventScroll: true });

/** Begin to edit the active cell; with `keep` from what stands there, else from what has just been typed. */
export function begin({ keep = true } = {}) {
  const here = active();
  const field = here && fieldOf(here.key);
  if (!field || work) return;
  const draft = draftOf(here.id, here.key);
  const was = field.shown(here.cell, here);
  work = { ...here, field, base: here.tr.dataset.v, bases: seen(picked()), was, draft, typed: !keep, shown: draft?.text ?? was, title: titleOf(here.id) };
  if (keep) area.value = work.shown;
  area.maxLength = field.most;
  box.dataset.mode = "edit";
  mark(here.cell, "data-typing", true);
  mark(area, "aria-label", `${work.title} · ${labelOf(here.key)}`);
  mark(area, "aria-activedescendant", false);
  complain(draft?.state === "refused" ? draft.why : "");
  reveal();
  place();
  focus();
  if (keep) area.setSelectionRange(area.value.length, area.value.length);
  offers.open(area, field);
  stillHere();
  beat = setInterval(stillHere, STILL_HERE_MS);
}

const stillHere = () => editing(work.id, work.key);

/** Lay the field over its cell. */
export function place() {
  const cell = work ? rowOf(`cue-${work.id}`)?.querySelector("[data-typing]") : active()?.cell;
  if (!cell) return;
  const [there, frame] = [cell.getBoundingClientRect(), box.parentElement.getBoundingClientRect()];
  const { scrollLeft, scrollTop } = box.parentElement;
  box.style.translate = `${there.left - frame.left + scrollLeft}px ${there.top - frame.top + scrollTop}px`;
  box.style.inlineSize = `${there.width}px`;
  box.style.setProperty("--cell", `${there.height}px`);
  offers.place(area);
}

/** What was typed, as it is sent. */
function typed() {
  const text = area.value.trim();
  return work.field.long ? text : text.replaceAll(/\s*\n\s*/g, " ");
}

/** End the edit and send it. False if it can't be read: then it stays open, with the reason, unless `leave`. */
export function finish({ leave = false } = {}) {
  if (!work) return true;
  offers.take(area);
  const text = typed();
  const { id, key, base, was, shown, draft } = work;
  if (text === shown && draft?.state !== "refused") {
    close();
    return true;
  }
  if (!rowOf(`cue-${id}`)) {
    lose();
    return true;
  }
  const reading = work.field.read(text, work);
  if (reading.wrong && !leave) {
    complain(t(reading.wrong, reading));
    return false;
  }
  close();
  if (reading.wrong) refuse({ id, key, text }, t(reading.wrong, reading));
  else if (text === was) uncover(draft);
  else commit({ id, key, text, set: reading.set, base, was });
  return true;
}

/** End the edit, and nothing is sent. */
export function cancel() {
  if (work?.draft?.state === "refused") uncover(work.draft);
  close();
}

/** End the edit for what was typed to go elsewhere: {key, text, bases}. */
export function giveUp() {
  offers.take(area);
  const told = { key: work.key, text: typed(), bases: work.bases };
  if (work.draft) uncover(work.draft);
  close();
  return told;
}

function close() {
  if (!work) return;
  const cell = document.querySelector(".grid [data-typing]");
  if (cell) mark(cell, "data-typing", false);
  work = null;
  clearInterval(beat);
  editing(null);
  offers.close();
  complain("");
  box.dataset.mode = "nav";
  rest();
  tell("edited", {});
}

function lose() {
  const { title, key, shown } = work;
  const text = typed();
  close();
  if (text && text !== shown) lost({ title, key, text });
}

/** Say under the field why it can't be taken. */
function complain(text) {
  write(why, text);
  why.hidden = !text;
  mark(area, "aria-invalid", text ? "true" : false);
}

/** Wait for the next key: empty, unseen, pointing at the active cell. */
function rest() {
  area.value = "";
  area.removeAttribute("maxlength");
  mark(area, "aria-label", t("grid_keys"));
  const here = active();
  mark(area, "aria-activedescendant", here ? here.cell.id : false);
  mark(area, "readonly", !here || !fieldOf(here.key));
}

/** Put a text into the active cell as if it had been typed there. */
export function enter(text) {
  const here = active();
  const field = here && fieldOf(here.key);
  if (!field) return;
  const said = field.long ? text.trim() : text.trim().replaceAll(/\s*\n\s*/g, " ");
  const was = field.shown(here.cell, here);
  const draft = draftOf(here.id, here.key);
  if (said === (draft?.text ?? was) && draft?.state !== "refused") return;
  const reading = field.read(said.slice(0, field.most), here);
  if (reading.wrong) refuse({ ...here, text: said }, t(reading.wrong, reading));
  else commit({ ...here, text: said, set: reading.set, base: here.tr.dataset.v, was });
}

/** What the active cell says, for the clipboard. */
export function textHere() {
  const here = active();
  if (!here) return "";
  return draftOf(here.id, here.key)?.text ?? (fieldOf(here.key)?.shown(here.cell, here) || here.cell.innerText.trim());
}

function rowsChanged({ gone }) {
  if (work && gone.includes(`cue-${work.id}`)) lose();
  if (gone.length) stepAside();
  show();
  if (work) {
    const cell = rowOf(`cue-${work.id}`)?.cells[indexOf(work.key)];
    if (cell) mark(cell, "data-typing", true);
    place();
  } else {
    rest();
  }
}

export function start({ press }) {
  box = document.getElementById("cell-editor");
  area = box.querySelector("textarea");
  why = document.getElementById("cell-why");
  area.addEventListener("keydown", (event) => press(event, area));
  // A button that was pressed and went took the focus with it: the keys are the table's again.
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body) return;
    focus();
    press(event, area);
  });
  area.addEventListener("compositionstart", () => work || begin({ keep: false }));
  area.addEventListener("input", () => {
    if (!work) begin({ keep: false });
    else complain("");
    if (work) offers.open(area, work.field);
  });
  area.addEventListener("blur", () => document.hasFocus() && work && finish({ leave: true }));
  box.parentElement.addEventListener("scroll", () => work && place(), { passive: true });
  addEventListener("resize", () => work && place());
  hear("cell", () => work || rest());
  hear("rows", rowsChanged);
  hear("back", focus);
  rest();
}

export const wasTyped = () => work?.typed ?? false;
