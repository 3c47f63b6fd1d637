// One row in the timeline: a block where it will be, an outline where it was planned if that is elsewhere, and in words
// what its place says. Only what has changed is written; a block's place is custom properties of its list item.

import { ico, make, mark, write } from "../dom.js";
import { clock } from "../format.js";
import { page } from "../page.js";
import { t } from "../words.js";
import { clashesOf } from "./bookings.js";
import { minutesTo, perMinute } from "./timeline_scale.js";
import { titleOf } from "./titles.js";

const LINE_PX = 17;
const APART_MS = 60_000;
const drawn = new WeakMap();

/** A row's list item, not filled yet. */
export function blockFor(id) {
  const words = make("span", { class: "tl-words" }, make("time"), make("b"), make("span", { class: "tl-state" }));
  const button = make("button", { type: "button", class: "tl-block", tabindex: "-1" }, words);
  return make("li", { class: "tl-row", "data-row": id }, button);
}

/** Whether a block has to be drawn anew. */
export function isStale(li, block) {
  const last = drawn.get(li);
  return !last || last.row !== block.row || last.place !== placeOf(block);
}

const isClash = ({ id }) => clashesOf(id).length > 0;

/** To the pixel: what moves less isn't written. */
function placeOf({ row, start, end, plan, lane, of, isOver }) {
  const pixel = 60_000 / perMinute();
  return [...[start, end, ...(plan ?? [])].map((moment) => Math.round(moment / pixel)), minutesTo(0), pixel, lane, of, isOver, isClash(row)].join(" ");
}

export function draw(li, block) {
  drawn.set(li, { row: block.row, place: placeOf(block) });
  const { row, start, end, lane, of, isOver } = block;
  const state = isOver ? "over" : row.state;
  for (const [name, value] of Object.entries({ "data-kind": row.kind, "data-state": state, "data-size": sizeOf(end - start), "data-fixed": isMovable(row) })) mark(li, name, value);
  place(li, { from: minutesTo(start), len: (end - start) / 60_000, lane, of });
  outline(li, block);
  const button = li.querySelector(".tl-block");
  const title = titleOf(row.id);
  write(button.querySelector("time"), at(start, row));
  write(button.querySelector("b"), title);
  button.querySelector(".tl-state").replaceChildren(...signs(row, state));
  mark(button, "aria-label", labelOf(block, title, state));
  mark(button, "title", `${at(start, row)}–${at(end, row)} ${title}`);
}

/** Draw it anew at the next look, whatever it says now. */
export const forget = (li) => drawn.delete(li);

/** Lay something by minutes and lanes. */
export function place(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, String(Math.round(value * 1000) / 1000));
}

export const at = (moment, row) => clock(moment, page.zone, row.day || null);

/** A row that starts when the clock says, and hasn't yet. */
export const isMovable = ({ kind, start_mode: mode, state }) => kind !== "segment" && mode === "fixed" && !["live", "paused", "done", "skipped"].includes(state);

function sizeOf(length) {
  const height = (length / 60_000) * perMinute();
  if (height < LINE_PX) return "bar";
  if (height < 2.6 * LINE_PX) return "line";
  return height < 4.5 * LINE_PX ? "two" : "full";
}

function outline(li, { plan, start, end }) {
  const held = li.querySelector(".tl-plan");
  const isElsewhere = plan && (Math.abs(plan[0] - start) >= APART_MS || Math.abs(plan[1] - end) >= APART_MS);
  mark(li, "data-moved", Boolean(isElsewhere));
  if (!isElsewhere) held?.remove();
  if (!isElsewhere) return;
  if (!held) li.prepend(make("i", { class: "tl-plan" }));
  place(li, { "plan-from": minutesTo(plan[0]), "plan-len": (plan[1] - plan[0]) / 60_000 });
}

function signs(row, state) {
  const lock = row.hard ? [ico("lock")] : [];
  const clash = isClash(row) ? [ico("triangle-alert"), t("clash_mark")] : [];
  return state === "planned" || row.kind === "segment" ? [...lock, ...clash] : [...lock, ...clash, ico(state), t(`state_${state}`)];
}

function labelOf({ row, start, end, plan }, title, state) {
  const said = [`${at(start, row)}–${at(end, row)}`, title];
  if (row.kind !== "item") said.push(t(`kind_${row.kind}`));
  if (state !== "planned" && row.kind !== "segment") said.push(t(`state_${state}`));
  if (row.hard) said.push(t("field_hard"));
  if (isClash(row)) said.push(t("clash_mark"));
  if (plan && Math.abs(plan[0] - start) >= APART_MS) said.push(t("tl_planned", { time: at(plan[0], row) }));
  return said.join(t("comma"));
}
