// A row that is over folds to its line; not while somebody looks at the list, since all that is below would move.

import { mark } from "./dom.js";
import { entries } from "./sheet.js";
import { hear } from "./signal.js";

const OVER = new Set(["done", "skipped"]);

function fold() {
  for (const { el, row } of entries()) mark(el, "data-folded", OVER.has(row.state));
}

export function start() {
  for (const name of ["screen", "again"]) hear(name, fold);
}
