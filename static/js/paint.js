// The times of every row, written where they stand: plan, projection, lateness, length. Only what differs is written, in
// the rows that can be seen at once, in the others bit by bit: hundreds of them would hold up the page.

import { between } from "./between.js";
import { make, mark, write } from "./dom.js";
import { clock, duration, late } from "./format.js";
import { page } from "./page.js";
import { whoOf } from "./reach.js";
import { screen } from "./screens.js";
import { board, entries, entry, gapOf } from "./sheet.js";
import { hear } from "./signal.js";

const SLOTS = ["plan", "set", "till", "proj", "actual", "late", "dur", "who"];
// All of them show only rows that have a slot.
const CARDS = new Set(["now", "call", "host"]);
// A cue takes no time of its item, and a delay none by plan: their own length is what is told.
const OWN_LENGTH = new Set(["cue", "delay"]);
const BIT_MS = 6;
const painted = new WeakMap();
// Rows that the browser lays out no more, since they are far from what is looked at.
const far = new WeakSet();
let timer = 0;

const isSeen = (el) => (CARDS.has(screen()) ? el.hasAttribute("data-slot") : !far.has(el));

function refresh() {
  clearTimeout(timer);
  const { times, tracks } = board();
  let isLeft = false;
  for (const each of entries()) {
    if (!isStale(each, times, tracks)) continue;
    if (isSeen(each.el)) paint(each, times, tracks);
    else isLeft = true;
  }
  if (isLeft) timer = setTimeout(paintBit);
}

function paintBit() {
  const { times, tracks } = board();
  const end = performance.now() + BIT_MS;
  for (const each of entries()) {
    if (!isStale(each, times, tracks)) continue;
    paint(each, times, tracks);
    if (performance.now() < end) continue;
    timer = setTimeout(paintBit);
    return;
  }
}

const liveOn = (tracks, { id, row }) => (tracks[row.track]?.current === id ? tracks[row.track] : null);

function isStale(each, times, tracks) {
  const last = painted.get(each.el);
  return !last || last.row !== each.row || last.gap !== gapOf(each.id) || !isSame(last, times[each.id], liveOn(tracks, each));
}

function paint(each, times, tracks) {
  const { id, el, row } = each;
  const live = liveOn(tracks, each);
  const slots = painted.get(el)?.slots ?? slotsOf(el);
  fill(slots, row, times[id], live);
  showWho(slots.who, el);
  gap(el, between(id));
  if (row.kind !== "segment") over(el, row.state === "live" && live?.over > 0);
  const { planned_start: start, planned_end: end, projected_start: projected, plan_start, plan_end } = times[id];
  painted.set(el, { row, slots, start, end, plan_start, plan_end, gap: gapOf(id), projected: seconds(projected), offset: seconds(live?.offset), isOver: live?.over > 0 });
}

function isSame(last, times, live) {
  return (
    last.projected === seconds(times.projected_start) &&
    last.start === times.planned_start &&
    last.end === times.planned_end &&
    last.plan_start === times.plan_start &&
    last.plan_end === times.plan_end &&
    last.offset === seconds(live?.offset) &&
    last.isOver === live?.over > 0
  );
}

/** Who is responsible, as one calls them on the radio: for those who may know that. */
function showWho(slot, { dataset }) {
  const who = slot && whoOf(dataset.people?.split(" ")[0]);
  if (who) write(slot, who);
}

const seconds = (moment) => (moment === null || moment === undefined ? null : Math.floor(moment / 1000));

function slotsOf(el) {
  return Object.fromEntries(SLOTS.map((name) => [name, el.querySelector(`.cue-${name}`)]));
}

function fill(slots, row, times, live) {
  const plan = at(times.planned_start, row);
  const proj = at(times.projected_start, row);
  const moved = proj !== plan;
  const lateness = live ? live.offset : times.projected_start - times.planned_start;
  write(slots.plan, plan);
  fillSet(slots, isSetSince(row, times) ? at(times.plan_start, row) : "");
  write(slots.till, at(times.planned_end, row));
  write(slots.proj, moved ? proj : "");
  write(slots.actual, row.runs.length ? at(row.runs.at(-1)[0], row) : "");
  write(slots.late, plan && (moved || live) && Math.abs(lateness) >= 1000 ? late(lateness) : "");
  write(slots.dur, lengthOf(row, times));
}

/** Beside the frozen start the one that counts by now, in the table alone: no row carries a place for it. */
function fillSet(slots, text) {
  if (text && !slots.set && slots.plan?.closest("td")) slots.plan.after((slots.set = make("time", { class: "cue-set" })));
  write(slots.set, text);
}

/** Whether a start of its own says another time than the frozen plan. */
const isSetSince = (row, times) => row.start_mode !== "linked" && times.plan_start !== null && times.plan_start !== times.planned_start;

/** In the table what is between a row and the one before stands under its start; few rows have it. */
function gap(el, text) {
  const there = el.querySelector(".cue-gap");
  if (there || !text) return write(there, text);
  return el.querySelector('[data-field="start"] > .cue-plan')?.after(make("span", { class: "cue-gap" }, text));
}

const at = (moment, row) => (moment === null ? "" : clock(moment, page.zone, row.day || null));

function lengthOf(row, times) {
  if (row.kind === "segment") return "";
  const known = times.plan_start !== null && times.plan_end !== null && !OWN_LENGTH.has(row.kind);
  const length = known ? times.plan_end - times.plan_start : row.duration;
  return length ? duration(length) : "";
}

/** Over time is a state of its own: red text, its own shape and word. */
function over(el, isOver) {
  if (el.hasAttribute("data-over") === isOver && !isOver) return;
  mark(el, "data-over", isOver);
  if (el.dataset.state !== "live") return;
  el.querySelector(":scope > .ico > use, .badge > .ico > use")?.setAttribute("href", isOver ? "#i-over" : "#i-live");
  const badge = el.querySelector(".badge[data-is]");
  if (badge) Object.assign(badge.dataset, isOver ? { state: "over", is: "over" } : { state: "live", is: "left" });
}

/** What a row of the server's brought has new slots. */
function forget(changed) {
  for (const id of changed) if (entry(id)) painted.delete(entry(id).el);
}

/** Somebody is reached otherwise by now. */
function forgetPeople(changed) {
  const people = new Set(changed.filter((id) => id.startsWith("contact-")).map((id) => id.slice(8)));
  if (!people.size) return;
  for (const { el } of entries()) if (people.has(el.dataset.people?.split(" ")[0])) painted.delete(el);
  refresh();
}

/** A row comes near, or is far again. */
function come({ target, skipped }) {
  if (skipped) far.add(target);
  else far.delete(target);
  const found = entry(target.dataset.id);
  const { times, tracks } = board();
  if (!skipped && found?.el === target && isStale(found, times, tracks)) paint(found, times, tracks);
}

/** After those who say what is seen of the sheet: each change of it is painted with them. */
export function start() {
  hear("board", ({ changed }) => changed && forget(changed));
  hear("rows", ({ changed }) => forgetPeople(changed));
  for (const name of ["board", "screen", "track", "mine", "me"]) hear(name, refresh);
  document.addEventListener("contentvisibilityautostatechange", come);
}
