// What a cell holds: the text in its editor, and what that text says as an edit. A reading is {set}, the fields of
// cue.edit, or {wrong}, the key of the sentence that says how to write it.

import { clock, duration, late } from "../format.js";
import { names } from "../names.js";
import { page } from "../page.js";
import { isRehearsed } from "../rehearsal.js";
import { entry, timesOf } from "../sheet.js";
import { t } from "../words.js";
import { placeMade } from "./offers.js";
import { momentOf, parseDuration, parseOffset, parseStart } from "./parse.js";
import { isFact, mayEdit } from "./rights.js";

const LONGEST_S = 7 * 86_400;
const FAR_S = 86_400;
const CHINESE = /\p{Script=Han}/u;
const QUOTED = /^[「『“"](.*?)[」』”"]?$/su;

/** In which language a text is typed: English beside a Chinese one, else as the event's own. */
function isEnglish(cell) {
  if (page.locale !== "en") return false;
  return cell.matches("[data-en], [data-zh]") || CHINESE.test(cell.textContent);
}

const plainText = (cell) => cell.textContent.trim();

/** A field in two languages, of which one shows. */
const told = (name, most = 200) => ({
  most,
  long: most > 200,
  shown: plainText,
  read: (text, { cell }) => ({ set: { [isEnglish(cell) ? `${name}_en` : name]: text } }),
});

const line = (name, most) => ({ most, shown: plainText, read: (text) => ({ set: { [name]: text } }) });

const fields = {
  number: line("number", 24),
  title: told("title"),
  title_en: line("title_en", 200),
  reading: told("reading"),
  title_kind: { ...told("title_kind"), offers: kindsSoFar },
  note: told("note", 4000),
  start: { most: 200, shown: startText, read: readStart, hint: "hint_start" },
  duration_s: { most: 40, shown: lengthText, read: readLength, hint: "hint_length" },
  min_s: { most: 40, shown: plainText, read: readLeast, hint: "hint_length" },
  place: { most: 200, shown: plainText, read: readPlace, offers: () => names("places").map(([, name]) => name), makes: "place" },
  people: { most: 400, shown: plainText, read: readPeople, offers: () => names("people").map(([, name]) => name), many: true },
};

/**
 * A department's cell, whole, since that is what an edit replaces. A new Chinese text takes the old translation with it:
 * an outdated cue is worse than none.
 */
function cellText(text, cell) {
  if (!isEnglish(cell)) return text ? { "zh-TW": text } : {};
  // What shows is the Chinese itself where there is no English: emptying that is meant.
  const chinese = cell.dataset.zh ?? (cell.hasAttribute("data-en") || !text ? "" : plainText(cell));
  return { ...(chinese && { "zh-TW": chinese }), ...(text && { en: text }) };
}

const cellOf = (id) => ({
  most: 4000,
  long: true,
  shown: plainText,
  read: (text, { cell }) => ({ set: { columns: { [id]: cellText(text, cell) } } }),
});

/** How a column is edited; null for one that only shows, to everybody or to me. */
export function fieldOf(key) {
  if (!mayEdit(key)) return null;
  if (key.startsWith("columns.")) return cellOf(key.slice(8));
  return fields[key] ?? (isFact(key) ? told(key) : null);
}

function kindsSoFar() {
  const cells = document.querySelectorAll('.grid [data-field="title_kind"]');
  return [...new Set([...cells].map(plainText).filter(Boolean))].sort((one, other) => one.localeCompare(other));
}

// Starts

const at = (moment, day) => clock(moment, page.zone, day || null, moment % 60_000 !== 0);

function startText(cell, { id }) {
  const { row } = entry(id);
  if (row.start_mode === "offset") return late(row.offset);
  if (row.start_mode === "manual") return t("start_manual");
  if (row.start_mode === "line") return `「${cell.querySelector("q")?.textContent ?? ""}」`;
  // Another clock's time must not be typed into the plan.
  if (row.start_mode !== "fixed" && isRehearsed(row)) return "";
  const start = row.start_mode === "fixed" ? row.start : timesOf(id)?.plan_start;
  return start === null || start === undefined ? "" : at(start, row.day);
}

function readStart(text, { id, cell }) {
  const { row } = entry(id);
  if (!text) return { set: { start_mode: "linked", start: null } };
  if (/^[「『“]/u.test(text)) return spoken(QUOTED.exec(text)[1].trim(), cell);
  if (/^[+\-−]/u.test(text)) return offset(text);
  const found = parseStart(text);
  if (!found && row.kind === "cue") return offset(text);
  if (!found) return { wrong: "wrong_start" };
  const [mode, start, end] = found;
  if (mode !== "fixed") return { set: { start_mode: mode, start: null } };
  const set = { start_mode: "fixed", start: new Date(momentOf(row.day, start, page.zone, page.dayChange)).toISOString() };
  return { set: end === null ? set : { ...set, duration_s: end - start, end_mode: "duration" } };
}

function spoken(said, cell) {
  const english = page.locale === "en" && CHINESE.test(cell.textContent);
  return { set: { start_mode: "line", start: null, [english ? "line_en" : "line"]: said } };
}

function offset(text) {
  const seconds = parseOffset(text);
  if (seconds === null || Math.abs(seconds) > FAR_S) return { wrong: "wrong_offset" };
  return { set: { start_mode: "offset", offset_s: seconds, start: null } };
}

// Lengths

function lengthText(cell) {
  return plainText(cell.querySelector(".cue-dur") ?? cell);
}

function readLength(text, { id }) {
  const { row } = entry(id);
  const seconds = text ? parseDuration(text, row.kind === "cue" ? "seconds" : "minutes") : 0;
  if (seconds === null || seconds > LONGEST_S) return { wrong: "wrong_length" };
  return { set: row.end_mode === "duration" ? { duration_s: seconds } : { duration_s: seconds, end_mode: "duration", end: null } };
}

function readLeast(text) {
  if (!text) return { set: { min_s: null } };
  const seconds = parseDuration(text);
  return seconds === null || seconds > LONGEST_S ? { wrong: "wrong_length" } : { set: { min_s: seconds } };
}

// Names

/** The one that is called so; else the only one that begins so. */
function named(kind, text) {
  const wanted = text.trim().toLowerCase();
  const all = names(kind).map(([id, name]) => [id, name.toLowerCase()]);
  const exact = all.find(([, name]) => name === wanted);
  const begun = all.filter(([, name]) => name.startsWith(wanted));
  return (exact ?? (begun.length === 1 ? begun[0] : null))?.[0] ?? null;
}

function readPlace(text) {
  if (!text) return { set: { place: null } };
  const place = named("places", text) ?? placeMade(text);
  return place ? { set: { place } } : { wrong: "wrong_place" };
}

const splitNames = (text) => text.split(/[、,，;；\n]/u).map((part) => part.trim());

function readPeople(text) {
  const parts = splitNames(text).filter(Boolean);
  const people = parts.map((part) => named("people", part));
  const lost = people.indexOf(null);
  return lost < 0 ? { set: { people: [...new Set(people)] } } : { wrong: "wrong_person", name: parts[lost] };
}

// What the server says of a field, for panels

const namesOf = (kind, ids) => ids.map((id) => names(kind).find(([known]) => known === id)?.[1] ?? id).join(t("comma"));

const bilingual = (cell) => (cell ? ((page.locale === "en" && cell.en) || cell["zh-TW"] || cell.en || "") : "");

/** A field's value, as the server keeps it, as one would read it. */
export function valueText(name, value, day = null) {
  if (value === null || value === undefined || value === "") return "";
  if (name.startsWith("columns.")) return bilingual(value);
  if (name === "start" || name === "end") return at(typeof value === "number" ? value : Date.parse(value), day);
  if (name === "duration_s" || name === "min_s") return duration(value * 1000);
  if (name === "offset_s") return late(value * 1000);
  if (name === "people") return namesOf("people", value);
  if (name === "place") return namesOf("places", [value]);
  if (name === "departments") return namesOf("departments", value);
  if (name === "start_mode") return t(`mode_${value}`);
  if (name === "kind") return t(`kind_${value}`);
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return String(value);
}

/** The column in which a field of the op shows. */
export const columnOf = (name) => {
  if (["start_mode", "offset_s", "line", "line_en", "hard", "end", "end_mode"].includes(name)) return "start";
  return name !== "title_en" && name.endsWith("_en") ? name.slice(0, -3) : name;
};
