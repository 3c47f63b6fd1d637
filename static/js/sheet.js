// The run sheet as data: every row of [data-list=cue] with its facts, in tree order, and all times as of now.
// After each change and each second "fieldcue:board" is told, when times and order are right.

import * as baseline from "./baseline.js";
import { now, onTick } from "./clock.js";
import * as rehearsal from "./rehearsal.js";
import { hear, tell } from "./signal.js";
import { rehearse } from "./timing-rehearsed.js";
import { compute, readRow } from "./timing.js";
import { inTreeOrder, settle } from "./tree.js";

const facts = new Map();
let ordered = [];
let rows = [];
let found = { times: {}, tracks: {}, gaps: {} };
let arrange = null;
let standing = [];

const list = () => document.querySelector('[data-list="cue"]');

/** Times and tracks as of the last second: see timing.js. */
export const board = () => found;

/** Every row in tree order: {id, el, row, parent, order}, where row is as timing.js reads it. */
export const entries = () => ordered;

/** One row by its id (without "cue-"). */
export const entry = (id) => facts.get(id);

export const timesOf = (id) => found.times[id];

/** How far a row begins after the one before it ends, by plan; negative where they overlap, 0 where they meet. */
export const gapOf = (id) => found.gaps[id] ?? 0;

/** Where a track stands; null where it has no rows. */
export const trackOf = (id) => found.tracks[id] ?? null;

/** Stand rows in another order than the tree's: `fn(entries)` gives them as they shall stand; null for the tree. */
export function arrangeBy(fn) {
  arrange = fn;
  if (ordered.length) stand();
}

function stand() {
  const wanted = arrange ? arrange(ordered) : ordered;
  if (wanted.length === standing.length && wanted.every((each, place) => each.el === standing[place])) return;
  standing = wanted.map(({ el }) => el);
  settle(list(), standing);
}

/** Read these rows again. Says whether some row is new or stands elsewhere, so that the order must be found anew. */
function read(elements) {
  let isMoved = false;
  for (const el of elements) {
    const { id, parent, order, v, foreseen = "" } = el.dataset;
    const known = facts.get(id);
    if (known && known.el === el && known.version === v && known.foreseen === foreseen) continue;
    isMoved ||= !known || known.el !== el || known.parent !== parent || known.order !== order;
    const fresh = { id, el, parent, order, version: v, foreseen, row: asFrozen(readRow(el.dataset)) };
    if (known) Object.assign(known, fresh);
    else facts.set(id, fresh);
  }
  return isMoved;
}

const asFrozen = (row) => ({ ...row, baseline: baseline.of(row.id) });

/** Another plan was frozen: gives the rows that show another one now. */
function freeze() {
  baseline.read();
  const others = ordered.filter(({ id, row }) => String(baseline.of(id)) !== String(row.baseline));
  for (const each of others) each.row = asFrozen(each.row);
  copyRows();
  return others.map(({ id }) => id);
}

/** Take in what has changed, in the order of the tree. */
function take(elements, gone) {
  for (const id of gone) facts.delete(id);
  if (read(elements) || gone.length) ordered = inTreeOrder([...facts.values()]);
  copyRows();
}

/** What the times are worked out from: the rows, those of a line that is rehearsed on another clock. */
function copyRows() {
  rows = rehearse(ordered.map(({ row }) => row), rehearsal.running());
}

/** A rehearsal began or ended: all rows of its line stand at other times. */
function rehearseAnew() {
  rehearsal.read();
  copyRows();
  return ordered.map(({ id }) => id);
}

function refresh(changed) {
  found = compute(rows, now());
  if (changed) stand();
  tell("board", { changed });
}

const idOf = (rowId) => rowId.slice(4);
const isCue = (rowId) => rowId.startsWith("cue-");

/** Read the page's rows and begin to follow them; once, when the page has its modules. */
export function start() {
  baseline.read();
  rehearsal.read();
  take([...list().children], []);
  hear("rows", ({ changed, gone }) => {
    const has = (kind) => [...changed, ...gone].some((id) => id.startsWith(kind));
    const others = [...(has("baseline-") ? freeze() : []), ...(has("rehearsal-") ? rehearseAnew() : [])];
    const cues = changed.filter(isCue);
    const lost = gone.filter(isCue).map(idOf);
    if (!cues.length && !lost.length && !others.length) return;
    if (lost.length || cues.some((id) => !facts.has(idOf(id)))) standing = [];
    take(cues.map((id) => document.getElementById(id)), lost);
    refresh(new Set([...cues.map(idOf), ...lost, ...others]));
  });
  onTick(() => refresh(null));
}
