// A click stands on a cell, a double click edits it; the keyboard's focus stays in the editor.

import { keyAt, select } from "./cells.js";
import { begin, finish, focus } from "./editor.js";

function pressed(event) {
  const cell = event.target.closest("tbody td, tbody th");
  if (!cell || event.button !== 0 || event.target.closest("button, a")) return;
  event.preventDefault();
  finish({ leave: true });
  select(cell.parentElement, keyAt(cell.cellIndex), { quiet: true });
  focus();
}

export function start() {
  const table = document.querySelector("table.grid");
  table.addEventListener("mousedown", pressed);
  table.addEventListener("dblclick", ({ target }) => {
    if (target.closest("tbody td, tbody th") && !target.closest("button, a")) begin();
  });
}
