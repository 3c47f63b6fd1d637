// Looking for rows in the sheet, in all that they say.

import { alike } from "./alike.js";
import { findBy } from "./filters.js";

const SEARCHED = ".cue-no, .cue-title, .cue-meta, .cue-cells, .cue-note, .cue-line, .cue-facts";
const PAUSE_MS = 150;
const texts = new WeakMap();
let timer = 0;

/** All that a row says, as one looks for it; worked out once for each version of it. */
function said(row) {
  const known = texts.get(row);
  if (known?.version === row.dataset.v) return known.text;
  const text = alike([...row.querySelectorAll(SEARCHED)].map((part) => part.textContent).join(" "));
  texts.set(row, { version: row.dataset.v, text });
  return text;
}

function look(typed) {
  const wanted = alike(typed.trim());
  findBy(wanted ? (row) => said(row).includes(wanted) : null);
}

export function start() {
  const input = document.querySelector('.tools [name="find"]');
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS, input.value);
  });
  // What was typed before this module came.
  if (input.value) look(input.value);
}
