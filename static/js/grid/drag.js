// Rows are moved by hand too: a handle beside the row under the pointer, and a line that says where it will stand.

import { mark } from "../dom.js";
import { rowOf } from "../rows.js";
import { t } from "../words.js";
import { select } from "./cells.js";
import { finish, isEditing } from "./editor.js";
import { isPicked, picked } from "./picked.js";
import { spot, spotAbove } from "./places.js";
import { moveAllTo } from "./reshape.js";
import { moveTo } from "./structure.js";
import { say } from "./say.js";

const SCROLL_PX = 40;

let grip = null;
let line = null;
let wrap = null;
let held = null;
let target = null;

/** Lay something along a row of the table. */
function lay(element, tr, below = false) {
  const [there, frame] = [tr.getBoundingClientRect(), wrap.getBoundingClientRect()];
  element.style.insetBlockStart = `${(below ? there.bottom : there.top) - frame.top + wrap.scrollTop}px`;
  element.style.insetInlineStart = `${wrap.scrollLeft}px`;
  element.style.setProperty("--row", `${there.height}px`);
}

function hovered({ target: under }) {
  if (held || isEditing() || grip.contains(under)) return;
  const tr = under.closest?.("tbody tr");
  grip.hidden = !tr;
  if (!tr) return;
  grip.dataset.id = tr.dataset.id;
  lay(grip, tr);
}

function grabbed(event) {
  if (!finish()) return;
  event.preventDefault();
  const tr = rowOf(`cue-${grip.dataset.id}`);
  held = { id: tr.dataset.id, kind: tr.dataset.kind };
  select(tr, undefined, { quiet: true });
  mark(tr, "data-held", true);
  grip.setPointerCapture(event.pointerId);
}

function dragged(event) {
  if (!held) return;
  const tr = document.elementsFromPoint(event.clientX, event.clientY).map((each) => each.closest("tbody tr")).find(Boolean);
  scrollAlong(event.clientY);
  target = tr && tr.dataset.id !== held.id ? placeBeside(tr, event.clientY) : null;
  line.hidden = !target;
  if (target) lay(line, tr, target.below);
}

function placeBeside(tr, y) {
  const { top, height } = tr.getBoundingClientRect();
  const below = y > top + height / 2;
  const place = below ? spot(held.kind, tr.dataset.id) : spotAbove(held.kind, tr.dataset.id);
  const isItself = place?.after === held.id || place?.parent === held.id;
  return place && !isItself ? { ...place, below } : null;
}

function scrollAlong(y) {
  const { top, bottom } = wrap.getBoundingClientRect();
  if (y < top + 2 * SCROLL_PX) wrap.scrollTop -= SCROLL_PX / 4;
  if (y > bottom - SCROLL_PX) wrap.scrollTop += SCROLL_PX / 4;
}

function dropped() {
  if (!held) return;
  const { id } = held;
  const tr = rowOf(`cue-${id}`);
  if (tr) mark(tr, "data-held", false);
  line.hidden = true;
  held = null;
  if (!target) {
    say(t("not_there"));
    return;
  }
  const { parent, after, track } = target;
  target = null;
  if (isPicked(id) && picked().length > 1) moveAllTo(picked(), { parent, after, track });
  else moveTo(id, { parent, after, track });
}

export function start() {
  wrap = document.querySelector(".grid-wrap");
  grip = wrap.querySelector(".grip");
  line = wrap.querySelector(".drop");
  wrap.addEventListener("pointerover", hovered);
  wrap.addEventListener("pointerleave", () => held || (grip.hidden = true));
  grip.addEventListener("pointerdown", grabbed);
  grip.addEventListener("pointermove", dragged);
  grip.addEventListener("pointerup", dropped);
  grip.addEventListener("pointercancel", () => {
    target = null;
    dropped();
  });
}

