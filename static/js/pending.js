// Rows on which an op of ours is on its way show it at once.

import { mark } from "./dom.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

let marked = new Set();

export function start() {
  hear("outbox", ({ waiting }) => {
    const rows = new Set(waiting.map((entry) => entry.row));
    for (const id of marked) if (!rows.has(id) && rowOf(id)) mark(rowOf(id), "data-pending", false);
    for (const id of rows) if (rowOf(id)) mark(rowOf(id), "data-pending", true);
    marked = rows;
  });
}
