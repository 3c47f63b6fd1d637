// A row that starts when the clock says is dragged to another time, in steps of five minutes, or of one with Alt held.
// Escape lets it go. It is the same edit as in its cell. A row that follows another one can't be dragged, and says why.

import { mark, write } from "../dom.js";
import { page } from "../page.js";
import { rowOf } from "../rows.js";
import { entry } from "../sheet.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { clock } from "../format.js";
import { commit } from "./commit.js";
import { say } from "./say.js";
import { blockOf, hold, itemOf, release } from "./timeline.js";
import { at, isMovable, place } from "./timeline_blocks.js";
import { minutesTo, perMinute, scroller } from "./timeline_scale.js";
import { titleOf } from "./titles.js";

const MINUTE = 60_000;
const FAR_PX = 5;
const EDGE_PX = 40;
const STEP_MIN = 5;
let drag = null;
let justDragged = false;

const box = () => document.getElementById("timeline");

/** Why a row can't be moved by hand, as the key of a sentence; null if it can. */
function hindrance(row) {
  if (isMovable(row)) return null;
  if (["live", "paused", "done", "skipped"].includes(row.state)) return "drag_begun";
  return row.start_mode === "offset" ? "drag_offset" : "drag_linked";
}

function pressed(event) {
  const li = event.target.closest(".tl-row");
  if (!li || event.button !== 0 || event.pointerType === "touch" || li.dataset.kind === "segment") return;
  const id = li.dataset.row;
  drag = { id, li, y: event.clientY, top: scroller().scrollTop, base: rowOf(`cue-${id}`)?.dataset.v, from: blockOf(id).start, to: null, pointer: event.pointerId };
}

function moved(event) {
  if (!drag || (drag.to === null && Math.abs(event.clientY - drag.y) < FAR_PX)) return;
  if (drag.to === null && !begin()) return;
  const by = (event.clientY - drag.y + scroller().scrollTop - drag.top) / perMinute();
  const step = (event.altKey ? 1 : STEP_MIN) * MINUTE;
  drag.to = Math.round((drag.from + by * MINUTE) / step) * step;
  show(drag);
  scrollAlong(event.clientY);
}

function begin() {
  const { row } = entry(drag.id);
  const why = hindrance(row);
  if (why) {
    say(t(why, { title: titleOf(drag.id) }), { alert: true });
    [drag, justDragged] = [null, true];
    return false;
  }
  box().setPointerCapture(drag.pointer);
  hold(drag.id);
  mark(drag.li, "data-held", true);
  return true;
}

function show({ id, li, to }) {
  place(li, { from: minutesTo(to) });
  write(li.querySelector("time"), at(to, entry(id).row));
}

function scrollAlong(y) {
  const { top, bottom } = scroller().getBoundingClientRect();
  if (y < top + 2 * EDGE_PX) scroller().scrollTop -= EDGE_PX / 4;
  if (y > bottom - EDGE_PX) scroller().scrollTop += EDGE_PX / 4;
}

function dropped() {
  if (!drag) return;
  const { id, li, from, to, base } = drag;
  drag = null;
  mark(li, "data-held", false);
  if (to === null) return;
  justDragged = true;
  if (to === from) release(id);
  else send(id, to, base);
}

function cancel() {
  if (!drag) return;
  const { id, li, to } = drag;
  drag = null;
  mark(li, "data-held", false);
  if (to === null) return;
  justDragged = true;
  release(id);
}

/** Until the server has answered it stays where it was put. */
async function send(id, to, base) {
  const { row } = entry(id);
  const li = itemOf(id);
  mark(li, "data-pending", true);
  const was = row.start === null ? "" : at(row.start, row);
  const text = clock(to, page.zone, row.day || null, to % MINUTE !== 0);
  await commit({ id, key: "start", text, set: { start_mode: "fixed", start: new Date(to).toISOString() }, base, was });
  mark(li, "data-pending", false);
  release(id);
}

/** The same by keys: a row's start by so many minutes. */
export function nudge(id, minutes) {
  const { row } = entry(id);
  const why = hindrance(row);
  if (why) say(t(why, { title: titleOf(id) }), { alert: true });
  if (why || itemOf(id).hasAttribute("data-pending")) return;
  const to = row.start + minutes * MINUTE;
  hold(id);
  show({ id, li: itemOf(id), to });
  send(id, to, rowOf(`cue-${id}`).dataset.v);
}

/** What was dragged has not been clicked. */
function clicked(event) {
  if (justDragged) event.stopImmediatePropagation();
  justDragged = false;
}

export function start() {
  box().addEventListener("pointerdown", (event) => {
    justDragged = false;
    pressed(event);
  });
  box().addEventListener("pointermove", moved);
  box().addEventListener("pointerup", dropped);
  box().addEventListener("pointercancel", cancel);
  box().addEventListener("click", clicked, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.stopPropagation();
    cancel();
  }, true);
  hear("rows", ({ gone }) => drag && gone.includes(`cue-${drag.id}`) && cancel());
  hear("refusal", ({ why }) => !box().hidden && say(why, { alert: true }));
}
