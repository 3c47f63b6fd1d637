// Segments fold away. Which ones are folded is remembered in this browser.

import { mark } from "../dom.js";
import { page } from "../page.js";
import { entries, entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { keep, kept } from "../store.js";

const KEY = `grid:${page.event}:folded`;
const folded = new Set((kept(KEY) ?? "").split(" ").filter(Boolean));

/** Whether a row stands in something folded. */
export function foldedAbove(row) {
  for (let above = row.parent; above; above = entry(above)?.row.parent) if (folded.has(above)) return true;
  return false;
}

export function toggleFold(id) {
  if (!folded.delete(id)) folded.add(id);
  keep(KEY, [...folded].filter((each) => entry(each)).join(" ") || null);
  show();
  tell("folded");
}

function show() {
  const counts = new Map();
  for (const { row } of entries()) if (row.kind !== "cue") counts.set(row.parent, (counts.get(row.parent) ?? 0) + 1);
  for (const { el, row } of entries()) {
    if (row.kind !== "segment") continue;
    const button = el.querySelector(".fold");
    mark(button, "aria-expanded", String(!folded.has(row.id)));
    mark(button, "data-count", folded.has(row.id) ? (counts.get(row.id) ?? 0) : false);
    mark(button, "tabindex", "-1");
  }
}

export function start() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".grid .fold");
    if (button) toggleFold(button.closest("tr").dataset.id);
  });
  hear("board", ({ changed }) => changed && show());
  show();
}
