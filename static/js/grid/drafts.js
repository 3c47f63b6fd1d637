// What was typed into cells and isn't the server's yet: on its way, or refused and why. It stands over the cell's
// content, which goes on to follow the server underneath.

import { mark } from "../dom.js";
import { rowOf } from "../rows.js";
import { hear } from "../signal.js";
import { indexOf } from "./cells.js";
import { lost } from "./clash.js";
import { titleOf } from "./titles.js";

const drafts = new Map();
const keyOf = (id, key) => `${id} ${key}`;

export const draftOf = (id, key) => drafts.get(keyOf(id, key)) ?? null;

/** How many cells hold something that was refused. */
export const refusedCount = () => [...drafts.values()].filter(({ state }) => state === "refused").length;

/** Show a text over a cell: `state` is pending or refused; returns the draft. */
export function cover(id, key, text, state, why = "") {
  const draft = { id, key, text, state, why };
  drafts.set(keyOf(id, key), draft);
  show(draft);
  return draft;
}

/** Take a draft away, unless a newer one has taken its place. */
export function uncover(draft) {
  if (!draft || drafts.get(keyOf(draft.id, draft.key)) !== draft) return;
  drafts.delete(keyOf(draft.id, draft.key));
  const cell = cellOf(draft);
  if (!cell) return;
  for (const name of ["data-draft", "data-pending", "data-refused", "aria-invalid", "title"]) mark(cell, name, false);
}

const cellOf = ({ id, key }) => rowOf(`cue-${id}`)?.cells[indexOf(key)] ?? null;

function show(draft) {
  const cell = cellOf(draft);
  if (!cell) return;
  const isRefused = draft.state === "refused";
  // A space, so that an emptied cell looks empty at once.
  mark(cell, "data-draft", draft.text || "\u00a0");
  mark(cell, "data-pending", !isRefused);
  mark(cell, "data-refused", isRefused);
  mark(cell, "aria-invalid", isRefused ? "true" : false);
  mark(cell, "title", draft.why || false);
}

/** Its row is gone, the text is not. */
function moveOut(draft) {
  drafts.delete(keyOf(draft.id, draft.key));
  lost({ title: titleOf(draft.id), key: draft.key, text: draft.text });
}

export function start() {
  hear("rows", ({ changed, gone }) => {
    const [touched, lostRows] = [new Set(changed), new Set(gone)];
    for (const draft of drafts.values()) {
      if (touched.has(`cue-${draft.id}`)) show(draft);
      if (lostRows.has(`cue-${draft.id}`) && draft.state === "refused") moveOut(draft);
    }
  });
}
