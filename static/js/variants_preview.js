// What a variant would make of the rows: their facts on a changed copy, and all times from the engine on that copy.

import { now } from "./clock.js";
import { operatingDay } from "./format.js";
import { page } from "./page.js";
import { entries, entry } from "./sheet.js";
import { compute, readRow } from "./timing.js";

/** Fields of a row that times depend on, and the facts (data-*) that hold them. */
const FACTS = { day: "day", start_mode: "mode", start: "start", offset_s: "offset", end_mode: "endmode", end: "end", duration_s: "dur", min_s: "min", hard: "hard", place: "place", state: "state" };
const BEGUN = new Set(["live", "paused", "done"]);
const WAITING = new Set(["planned", "warm", "standby"]);

/** What runs or ran stays as it is. */
export const hasBegun = (id) => BEGUN.has(entry(id)?.row.state);

const isMoment = (field) => field === "start" || field === "end";

/** A value as the row's fact says it; undefined for none. */
function factOf(field, value) {
  if (value === null || value === "" || value === false) return undefined;
  if (isMoment(field) && typeof value === "string") return String(Date.parse(value));
  return value === true ? "1" : String(value);
}

function lay(facts, values) {
  for (const [field, value] of Object.entries(values)) {
    if (!FACTS[field]) continue;
    const fact = factOf(field, value);
    if (fact === undefined) delete facts[FACTS[field]];
    else facts[FACTS[field]] = fact;
  }
}

/** A row stands on the day on which it starts. */
function takeDayAlong(facts, { start, day }) {
  if (start && day === undefined && facts.mode === "fixed") facts.day = operatingDay(Number(facts.start), page.zone, page.dayChange);
}

/** What is on that day goes back first, except what somebody has changed since. */
function takeBack(copies, on) {
  const said = new Map(on.changes.map(({ cue, set }) => [cue, set]));
  for (const [cue, fields] of Object.entries(on.replaced)) {
    const facts = copies.get(cue);
    if (!facts || hasBegun(cue)) continue;
    const still = ([field]) => (field === "state" ? facts.state === "skipped" : !said.get(cue)?.[field] || facts[FACTS[field]] === factOf(field, said.get(cue)[field]));
    lay(facts, Object.fromEntries(Object.entries(fields).filter(still)));
  }
}

function putOn(copies, { skip, changes }) {
  for (const { cue, set } of changes) {
    const facts = copies.get(cue);
    if (!facts || hasBegun(cue)) continue;
    lay(facts, set);
    takeDayAlong(facts, set);
  }
  for (const cue of skip) {
    const facts = copies.get(cue);
    if (facts && WAITING.has(facts.state)) facts.state = "skipped";
  }
}

const copied = () => new Map(entries().map(({ id, el }) => [id, { ...el.dataset }]));

/**
 * The rows before and after a variant is switched on, in place of the one that is on now; of one that is on, as they
 * would be without it and as they are: {before, after}, each {times, tracks, facts(id), row(id)} of the day it is about.
 */
export function preview(variant, on) {
  const [without, withIt] = [copied(), copied()];
  if (variant.isOn) takeBack(without, variant);
  else {
    if (on) takeBack(withIt, on);
    putOn(withIt, variant);
  }
  return { before: stateOf(without, variant.day), after: stateOf(withIt, variant.day) };
}

function stateOf(copies, day) {
  const today = operatingDay(now(), page.zone, page.dayChange);
  const rows = new Map([...copies].map(([id, facts]) => [id, readRow(facts)]));
  const { times, tracks } = compute([...rows.values()], now(), day > today ? day : today);
  return { times, tracks, facts: (id) => copies.get(id), row: (id) => rows.get(id) };
}
