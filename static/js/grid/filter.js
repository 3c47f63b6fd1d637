// Which rows are in sight: of one day; of a track or all; of a department or a person; those whose title fits a search. A row that
// fits brings what it stands under. Folded segments keep their rows to themselves.

import { alike } from "../alike.js";
import { now } from "../clock.js";
import { mark } from "../dom.js";
import { operatingDay } from "../format.js";
import { nameOf } from "../names.js";
import { page } from "../page.js";
import { arrangeBy, entries, entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { keep, kept } from "../store.js";
import { activeId } from "./cells.js";
import { foldedAbove } from "./fold.js";
import { trackIds } from "./tracks.js";

const KEY = `grid:${page.event}:track`;
const wanted = { day: "", track: "", department: "", person: "", text: "" };

export const day = () => wanted.day;
export const track = () => wanted.track;

/** Every day that has rows or is a day of the event, in order. */
export function days() {
  const planned = [...document.querySelectorAll(".days [data-day]")].map(({ dataset }) => dataset.day);
  return [...new Set([...planned, ...entries().map(({ row }) => row.day)])].filter(Boolean).sort();
}

/** Today's, or else the nearest to come, or the last. */
function firstDay() {
  const today = operatingDay(now(), page.zone, page.dayChange);
  const withRows = [...new Set(entries().map(({ row }) => row.day))].sort();
  const all = withRows.length ? withRows : days();
  return all.find((date) => date >= today) ?? all.at(-1) ?? today;
}

/** Choose what is in sight: any of day, track, department, text. */
export function choose(change) {
  Object.assign(wanted, change);
  if ("track" in change) keep(KEY, wanted.track);
  refresh();
  tell("filtered", { ...wanted });
}

const words = (text) => (text ?? "").split(" ");

function titleFits(el) {
  const said = ["title", "title_kind", "number"].map((key) => el.querySelector(`[data-field="${key}"]`).textContent).join(" ");
  return alike(said).includes(wanted.text);
}

function fits({ el, row }) {
  if (wanted.department && !words(el.dataset.depts).includes(wanted.department)) return false;
  if (wanted.person && !words(el.dataset.people).includes(wanted.person)) return false;
  return !wanted.text || titleFits(el);
}

function shownIds() {
  const shown = new Set();
  const narrowed = wanted.department || wanted.person || wanted.text;
  for (const each of entries()) {
    const { row } = each;
    if (row.day !== wanted.day || (wanted.track && row.track !== wanted.track)) continue;
    // The row one stands on does not vanish under one's hands, as when a new one has no title yet.
    if (narrowed ? !fits(each) && row.id !== activeId() : foldedAbove(row)) continue;
    shown.add(row.id);
    for (let above = row.parent; above && !shown.has(above); above = entry(above)?.row.parent) shown.add(above);
  }
  return shown;
}

function refresh() {
  const shown = shownIds();
  const tracks = new Set();
  for (const { el, row } of entries()) {
    mark(el, "hidden", !shown.has(row.id));
    const isFirst = shown.has(row.id) && !tracks.has(row.track);
    if (isFirst) tracks.add(row.track);
    mark(el, "data-first", isFirst);
  }
  nameTracks(tracks.size > 1);
  tell("shown", { count: shown.size });
}

/** Where several tracks stand below each other, each begins with its name. */
function nameTracks(several) {
  for (const { el, row } of entries()) {
    const cell = el.querySelector("th.title");
    mark(cell, "data-head", several && el.hasAttribute("data-first") ? nameOf("tracks", row.track) : false);
  }
}

function byTrack(found) {
  const order = new Map(trackIds().map((id, place) => [id, place]));
  const place = ({ row }) => order.get(row.track) ?? order.size;
  return [...found].sort((one, other) => place(one) - place(other));
}

const dayInAddress = () => /^#(\d{4}-\d\d-\d\d)$/.exec(location.hash)?.[1];

export function start() {
  wanted.track = kept(KEY) ?? "";
  if (!trackIds().includes(wanted.track)) wanted.track = "";
  wanted.day = dayInAddress() ?? firstDay();
  arrangeBy(byTrack);
  addEventListener("hashchange", () => dayInAddress() && choose({ day: dayInAddress() }));
  hear("board", ({ changed }) => changed && refresh());
  hear("folded", refresh);
  hear("rows", ({ changed }) => changed.some((id) => id.startsWith("track-")) && arrangeBy(byTrack));
  refresh();
}
