// In the timeline by keyboard and pointer: from block to block, to the row's panel and into the table.

import { rowOf } from "../rows.js";
import { hear, tell } from "../signal.js";
import { activeId, select } from "./cells.js";
import { isTimeline } from "./layout.js";
import { editsAll } from "./rights.js";
import { blockOf, drawNow, itemOf, settleFocus, shownFor } from "./timeline.js";
import { nudge } from "./timeline_drag.js";
import { toNow, zoom } from "./timeline_scale.js";
import { redo, undo } from "./undo.js";

const box = () => document.getElementById("timeline");
const isBlock = (li) => li.dataset.kind !== "segment";
const idAt = (element) => element?.closest(".tl-row")?.dataset.row ?? null;

const keys = {
  ArrowDown: (id) => along(id, 1),
  ArrowUp: (id) => along(id, -1),
  ArrowRight: (id) => across(id, 1),
  ArrowLeft: (id) => across(id, -1),
  Home: (id) => edge(id, 0),
  End: (id) => edge(id, -1),
  F2: () => tell("to-table"),
  "+": () => zoom(1),
  "=": () => zoom(1),
  "-": () => zoom(-1),
  n: () => {
    toNow();
    box().querySelector('.tl-block[tabindex="0"]')?.focus({ preventScroll: true });
  },
  ...(editsAll && {
    "Alt+ArrowDown": (id) => nudge(id, 5),
    "Alt+ArrowUp": (id) => nudge(id, -5),
    "Alt+Shift+ArrowDown": (id) => nudge(id, 1),
    "Alt+Shift+ArrowUp": (id) => nudge(id, -1),
  }),
  "Ctrl+z": () => undo(),
  "Ctrl+Z": () => redo(),
  "Ctrl+Shift+Z": () => redo(),
  "Ctrl+y": () => redo(),
};

const nameOf = ({ key, altKey, ctrlKey, metaKey, shiftKey }) =>
  [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt", shiftKey && key.length > 1 && "Shift", key].filter(Boolean).join("+");

/** Stand on a block, and so on its row. */
function stand(id) {
  const tr = rowOf(`cue-${id}`);
  if (tr) select(tr, "title", { quiet: true });
  focusOn(id);
}

function focusOn(id) {
  drawNow(id);
  itemOf(id)?.lastElementChild.focus({ preventScroll: true });
}

function along(id, by) {
  const list = [...itemOf(id).parentElement.children].filter((li) => isBlock(li) || li.dataset.row === id);
  const next = list[list.findIndex((li) => li.dataset.row === id) + by];
  if (next) stand(next.dataset.row);
}

function edge(id, place) {
  const next = [...itemOf(id).parentElement.children].filter(isBlock).at(place);
  if (next) stand(next.dataset.row);
}

/** The nearest by time in the next column that has one. */
function across(id, by) {
  const here = blockOf(id);
  let column = itemOf(id).closest(".tl-track");
  do column = by > 0 ? column.nextElementSibling : column.previousElementSibling;
  while (column && ![...column.querySelectorAll(".tl-row")].some(isBlock));
  if (!column) return;
  const far = (li) => Math.abs(blockOf(li.dataset.row).start - here.start);
  const near = [...column.querySelectorAll(".tl-row")].filter(isBlock).reduce((one, other) => (far(other) < far(one) ? other : one));
  stand(near.dataset.row);
}

function pressed(event) {
  const id = idAt(event.target);
  const deed = id && !event.isComposing ? keys[nameOf(event)] : null;
  if (!deed) return;
  event.preventDefault();
  event.stopPropagation();
  deed(id);
}

/** Keys that nobody has belong to the block, not to the cells that are out of sight. */
function strayed(event) {
  if (!isTimeline() || !box() || event.target !== document.body) return;
  event.stopPropagation();
  const at = box().querySelector('.tl-block[tabindex="0"]');
  at?.focus({ preventScroll: true });
  const id = idAt(at);
  const deed = id && keys[nameOf(event)];
  if (!deed) return;
  event.preventDefault();
  deed(id);
}

function opened({ target }) {
  const id = idAt(target);
  if (!id) return;
  stand(id);
  tell("clash-panel", { isOpen: true });
}

/** The row one stands on is another: show it, and bring it into sight. */
function moved() {
  if (!isTimeline()) return;
  settleFocus();
  const id = shownFor(activeId());
  const { activeElement } = document;
  if (activeElement === document.body || box().contains(activeElement)) focusOn(id);
  else drawNow(id);
  itemOf(id)?.lastElementChild.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

export function start() {
  box().addEventListener("keydown", pressed);
  addEventListener("keydown", strayed, { capture: true });
  box().addEventListener("click", opened);
  box().addEventListener("dblclick", ({ target }) => idAt(target) && tell("to-table"));
  hear("cell", moved);
  hear("layout", () => isTimeline() && focusOn(shownFor(activeId())));
}
