// What is different with a variant: row by row, old value and new; and track by track, how late it is and what the hard
// time has left.

import { clock, duration, late } from "./format.js";
import { nameOf, names } from "./names.js";
import { page } from "./page.js";
import { entries, entry } from "./sheet.js";
import { hasBegun, preview } from "./variants_preview.js";
import { t } from "./words.js";

const MOVED_MS = 1000;
const at = (moment, day) => (moment === null || moment === undefined ? "" : clock(moment, page.zone, day || null));
const length = (ms) => (ms ? duration(ms) : "");
const text = (part) => part?.textContent.trim() ?? "";
const people = (ids) => ids.map((id) => nameOf("people", id)).join(t("comma"));
const cellText = (cell) => (page.locale === "en" && cell?.en) || cell?.["zh-TW"] || cell?.en || "";

/** Facts with a word: [word, value of a row and its facts]. */
const FACTS = [
  ["plan_length", (row) => length(row.duration)],
  ["plan_least", (row) => length(row.minimum)],
  ["plan_offset", (row) => (row.start_mode === "offset" ? late(row.offset) : "")],
  ["plan_end", (row) => at(row.end, row.day)],
  ["plan_hard", (row) => t(row.hard ? "yes" : "no")],
  ["place", (_, facts) => (facts.place ? nameOf("places", facts.place) : "")],
];

/** Texts with a word, and where they stand in a row. */
const worded = () => [
  [t("plan_title"), "title", ".cue-title"],
  [t("plan_note"), "note", ".cue-note"],
  ...names("facts").map(([name, word]) => [word, name, `[data-fact="${name}"] > dd`]),
  [t("on_the_line"), "line", ".cue-line q"],
];

/** What a variant sets besides times: [word, as it stands in the row, as it says]. */
function said(el, set) {
  const told = worded().filter(([, name]) => name in set).map(([word, name, query]) => [word, text(el.querySelector(query)), (page.locale === "en" && set[`${name}_en`]) || set[name]]);
  const cells = Object.entries(set.columns ?? {}).map(([id, cell]) => [nameOf("columns", id), text(el.querySelector(`.cue-cells [data-col="${CSS.escape(id)}"] dd`)), cellText(cell)]);
  const who = set.people ? [[t("responsible"), people((el.dataset.people ?? "").split(" ").filter(Boolean)), people(set.people)]] : [];
  return [...told, ...cells, ...who];
}

function changesOf({ id, el }, { before, after }, set, isOn) {
  const facts = FACTS.map(([word, value]) => [t(word), value(before.row(id), before.facts(id)), value(after.row(id), after.facts(id))]);
  // Of one that is on nobody here knows what other texts stood there before.
  const texts = isOn ? said(el, set).filter(([, is, wanted]) => is === wanted).map(([word, is]) => [word, null, is]) : said(el, set);
  return [...facts, ...texts].filter(([, old, fresh]) => old !== fresh);
}

/** {id, mine, is, changes, from, to, start}; `is` says cut, in, stays, changed or moved. */
function lineOf(found, seen, variant) {
  const { id, row, mine } = found;
  const [was, will] = [seen.before.row(id), seen.after.row(id)];
  const [from, to] = [seen.before.times[id].projected_start, seen.after.times[id].projected_start];
  const line = { id, mine, changes: [], from: at(from, was.day), to: at(to, will.day), start: to ?? from ?? Infinity };
  const set = variant.changes.find(({ cue }) => cue === id)?.set;
  if (!variant.isOn && hasBegun(id)) return set || variant.skip.includes(id) ? { ...line, is: "stays" } : null;
  if (was.state !== will.state) return { ...line, is: will.state === "skipped" ? "cut" : "in" };
  const changes = changesOf(found, seen, set ?? {}, variant.isOn);
  if (changes.length) return { ...line, is: "changed", changes };
  const isMoved = from !== null && to !== null && Math.abs(to - from) >= MOVED_MS;
  return isMoved && row.kind !== "segment" ? { ...line, is: "moved" } : null;
}

/** Where each track stands of which a row is different: {track, from, to} of standings. */
function tracksOf({ before, after }, lines) {
  const touched = new Set(lines.filter(({ is }) => is !== "stays").map(({ id }) => entry(id).row.track));
  return [...touched].map((track) => ({ track, from: before.tracks[track] ?? null, to: after.tracks[track] ?? null }));
}

/** What is different in the rows, in the order of their times, what stays at the end; and on the tracks. */
export function differences(variant, on) {
  const seen = preview(variant, on);
  const lines = entries().map((found) => lineOf(found, seen, variant)).filter(Boolean);
  const last = ({ is, start }) => (is === "stays" ? Infinity : start);
  lines.sort((one, other) => (last(one) === last(other) ? 0 : last(one) - last(other)));
  return { lines, tracks: tracksOf(seen, lines) };
}
