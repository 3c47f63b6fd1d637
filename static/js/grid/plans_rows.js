// The rows of a plan that is being edited: those that it leaves out, and in others a start, a length, a place or a note.
// What else it sets in a row stays as it is.

import { copy, mark, make, out } from "../dom.js";
import { clock } from "../format.js";
import { names } from "../names.js";
import { page } from "../page.js";
import { rowOf } from "../rows.js";
import { lengthText, momentOf, secondsOf } from "../typed.js";
import { t } from "../words.js";
import { titleOf } from "./titles.js";

const noteName = () => (page.locale === "en" ? "note_en" : "note");
const dayOf = (cue) => rowOf(`cue-${cue}`)?.dataset.day;

/** Of each field that can be edited here: the fields of cue.edit that it stands for, its text, and what a text sets. */
const FIELDS = {
  start: { owns: ["start", "start_mode"], text: ({ start }, cue) => (start ? clock(Date.parse(start), page.zone, dayOf(cue)) : ""), read: readStart },
  duration_s: { owns: ["duration_s"], text: ({ duration_s }) => lengthText(duration_s), read: (text) => (secondsOf(text) === null ? null : { duration_s: secondsOf(text) }) },
  place: { owns: ["place"], text: ({ place }) => place ?? "", read: (text) => ({ place: text || null }) },
  note: { owns: ["note", "note_en"], text: (set) => set[noteName()] ?? set.note ?? "", read: (text, was) => ({ ...was, [noteName()]: text }) },
};

function readStart(text, _, cue) {
  const moment = momentOf(text, dayOf(cue), page.zone, page.dayChange);
  return moment === null ? null : { start_mode: "fixed", start: new Date(moment).toISOString() };
}

const pickOf = (set, names) => Object.fromEntries(Object.entries(set).filter(([name]) => names.includes(name)));

/** Show both lists of a plan anew. */
export function show({ skip, changes }) {
  out("plans-skip").replaceChildren(...skip.map((cue) => lineOf({ cue })));
  out("plans-changes").replaceChildren(...changes.flatMap(linesOf));
}

/** One line for each field that can be edited, and one for all others. */
function linesOf({ cue, set }) {
  const shown = Object.entries(FIELDS).filter(([, { owns }]) => owns.some((name) => name in set));
  const owned = shown.flatMap(([, { owns }]) => owns);
  const rest = Object.fromEntries(Object.entries(set).filter(([name]) => !owned.includes(name)));
  const lines = shown.map(([field, { owns, text }]) => lineOf({ cue, field, was: pickOf(set, owns), text: text(set, cue) }));
  return Object.keys(rest).length ? [...lines, lineOf({ cue, rest })] : lines;
}

function lineOf({ cue, field, was = {}, text = "", rest }) {
  const drop = make("button", { class: "btn", type: "button", "data-size": "small", "aria-label": t("plans_drop") }, "✕");
  const line = make("li", { "data-cue": cue }, make("b", {}, titleOf(cue)), drop);
  if (field) line.append(make("small", {}, t(`field_${field}`)), inputFor(field, text, `${titleOf(cue)} ${t(`field_${field}`)}`));
  if (rest) line.append(make("small", {}, t("plans_also", { fields: wordsOf(rest) })));
  Object.assign(line, { plan: { cue, field, was, rest } });
  drop.addEventListener("click", () => line.remove());
  return line;
}

const KNOWN = new Set(["columns", "min_s", "offset_s", "people", "title", "line"]);
const wordOf = (name) => (KNOWN.has(name) ? t(`field_${name}`) : (names("facts").find(([fact]) => fact === name)?.[1] ?? t("field_other")));
const wordsOf = (rest) => [...new Set(Object.keys(rest).map((name) => name.replace(/_en$/, "")).map(wordOf))].join(t("comma"));

function inputFor(field, text, label) {
  const input = field === "place" ? copy("plans-places").firstElementChild.querySelector("select") : make(field === "note" ? "textarea" : "input", { name: "value", rows: field === "note" ? 2 : null, autocomplete: "off" });
  input.value = text;
  mark(input, "aria-label", label);
  return input;
}

/** A row is to be left out, or a field of it to change. */
export function add(kind, cue, field) {
  const list = out(kind === "skip" ? "plans-skip" : "plans-changes");
  const known = [...list.children].find(({ plan }) => plan.cue === cue && (kind === "skip" || plan.field === field));
  const line = known ?? list.appendChild(lineOf(kind === "skip" ? { cue } : { cue, field }));
  line.querySelector("[name=value]")?.focus();
  line.scrollIntoView({ block: "nearest" });
}

/** {skip, changes}, or {wrong}: the field that can't be read. */
export function read() {
  const sets = new Map();
  for (const line of out("plans-changes").children) {
    const { cue, field, was, rest } = line.plan;
    const input = line.querySelector("[name=value]");
    const set = field ? FIELDS[field].read(input.value.trim(), was, cue) : rest;
    if (input) mark(input, "aria-invalid", set === null ? "true" : false);
    if (set === null) return { wrong: input };
    sets.set(cue, { ...sets.get(cue), ...set });
  }
  return { skip: [...out("plans-skip").children].map(({ plan }) => plan.cue), changes: [...sets].map(([cue, set]) => ({ cue, set })) };
}

/** Say what is wrong, and go there. */
export function complain(field, text, why) {
  field.focus();
  why(text);
  return null;
}
