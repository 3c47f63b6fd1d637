// A click stands on a cell, a double click edits it; the keyboard's focus stays in the editor. With Shift or Ctrl, or over
// the heads of the rows, it chooses rows.

import { active, keyAt, select } from "./cells.js";
import { begin, finish, focus } from "./editor.js";
import { clear, isPicked, pick, reach, toggle } from "./picked.js";

// A stretch is drawn over the first cells of the rows.
let isDrawing = false;

const cellOf = ({ target }) => target.closest("tbody td, tbody th");
const isHead = (cell) => cell.cellIndex === 0;

function pressed(event) {
  const cell = cellOf(event);
  if (!cell || event.button !== 0 || event.target.closest("button, a")) return;
  event.preventDefault();
  finish({ leave: true });
  choose(event, cell);
  focus();
}

function choose(event, cell) {
  const { id } = cell.parentElement.dataset;
  if (event.shiftKey) reach(id);
  else if (event.ctrlKey || event.metaKey) toggle(id);
  else if (isHead(cell)) draw(id);
  else if (!isPicked(id)) clear();
  select(cell.parentElement, isHead(cell) ? (active()?.key ?? "title") : keyAt(cell.cellIndex), { quiet: true });
}

function draw(id) {
  pick([id]);
  isDrawing = true;
}

function moved(event) {
  const cell = isDrawing && event.buttons === 1 ? cellOf(event) : null;
  if (!cell) return;
  select(cell.parentElement, undefined, { quiet: true });
  reach(cell.parentElement.dataset.id);
}

export function start() {
  const table = document.querySelector("table.grid");
  table.addEventListener("mousedown", pressed);
  table.addEventListener("mouseover", moved);
  addEventListener("mouseup", () => (isDrawing = false));
  table.addEventListener("dblclick", (event) => {
    if (cellOf(event) && !event.target.closest("button, a")) begin();
  });
}
