// A row's fields in the edit form: read from the row, and what was typed as arguments of an op.

import { clock } from "./format.js";
import { page } from "./page.js";
import { lengthText, momentOf, offsetOf, offsetText, secondsOf } from "./typed.js";

const CHINESE = /\p{Script=Han}/u;
const local = (name) => (page.locale === "en" ? `${name}_en` : name);

/** What the form shows of a row. */
export function shownOf({ el, row }) {
  const title = el.querySelector(".cue-title");
  const text = (query) => el.querySelector(query)?.textContent ?? "";
  const shown = {
    title: [...title.childNodes].filter((part) => part.nodeName !== "SMALL").map((part) => part.textContent).join(""),
    title_kind: title.querySelector("small")?.textContent ?? "",
    start: startText(row),
    duration: lengthText(row.duration / 1000),
    hard: row.hard,
    place: el.dataset.place ?? "",
    person: (el.dataset.people ?? "").split(" ")[0],
    reading: text(".cue-read > span"),
    line: text(".cue-line > q"),
    note: text(".cue-note"),
  };
  for (const fact of el.querySelectorAll(".cue-facts > [data-fact]")) shown[fact.dataset.fact] = fact.querySelector("dd").textContent;
  for (const cell of el.querySelectorAll(".cue-cells > [data-col]")) shown[`columns-${cell.dataset.col}`] = cell.querySelector("dd").textContent;
  return shown;
}

function startText(row) {
  if (row.start_mode === "offset") return offsetText(row.offset / 1000);
  return row.start_mode === "fixed" && row.start !== null ? clock(row.start, page.zone, row.day || null) : "";
}

/** Of fields that are more than a text. */
const readers = {
  hard: (on) => ({ hard: on }),
  place: (id) => ({ place: id || null }),
  person: (id, { el }) => ({ people: [id, ...(el?.dataset.people ?? "").split(" ").slice(1)].filter((each, place, all) => each && all.indexOf(each) === place) }),
  duration: (text) => (text ? check("duration_s", secondsOf(text)) : { duration_s: 0 }),
  start: readStart,
  "own-note": () => ({}), // goes out by an op of its own, see own_note.js
};

function readStart(text, { row }, kind) {
  if (!text) return { start_mode: kind === "cue" ? "manual" : "linked", start: null };
  if (offsetOf(text) !== null) return { start_mode: "offset", offset_s: offsetOf(text), start: null };
  const moment = momentOf(text, row.day, page.zone, page.dayChange);
  return moment === null ? null : { start_mode: "fixed", start: new Date(moment).toISOString() };
}

const plain = (name) => (text) => ({ [local(name)]: text });

const check = (name, value) => (value === null ? null : { [name]: value });

/**
 * What the form says that the row does not: {set, wrong}. `wrong` names the fields that can't be read.
 * `about` is the row that is edited, {el, row}; of one beside which another is added only {row}.
 */
export function changesOf(typed, shown, about, kind) {
  const set = {};
  const wrong = [];
  for (const [name, value] of Object.entries(typed)) {
    if (value === (shown[name] ?? (name === "hard" ? false : ""))) continue;
    const read = name.startsWith("columns-") ? cell(name.slice(8), value, about) : (readers[name] ?? plain(name))(value, about, kind);
    if (read === null) wrong.push(name);
    else if (read?.columns) set.columns = { ...set.columns, ...read.columns };
    else Object.assign(set, read);
  }
  if (set.line && kind === "cue" && !typed.start) set.start_mode = "line";
  return { set, wrong };
}

/** A cell is replaced whole, so the Chinese that stands behind an English one is sent with it. */
function cell(id, text, { el }) {
  if (page.locale !== "en") return { columns: { [id]: text ? { [page.locale]: text } : {} } };
  const shown = el?.querySelector(`.cue-cells > [data-col="${id}"] > dd`);
  // What shows is the Chinese itself where there is no English: emptying that is meant.
  const chinese = shown?.dataset.zh ?? (text && CHINESE.test(shown?.textContent ?? "") ? shown.textContent : "");
  return { columns: { [id]: { ...(chinese && { "zh-TW": chinese }), ...(text && { en: text }) } } };
}
