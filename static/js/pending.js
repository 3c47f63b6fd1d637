// Rows on which an op of ours is on its way, or was refused, show it at once.

import { mark } from "./dom.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

let marked = new Map();

export function start() {
  hear("outbox", ({ waiting, refused }) => {
    const rows = new Map([...refused.map(({ row }) => [row, "data-refused"]), ...waiting.map(({ row }) => [row, "data-pending"])]);
    for (const [id, name] of marked) if (rows.get(id) !== name && rowOf(id)) mark(rowOf(id), name, false);
    for (const [id, name] of rows) if (rowOf(id)) mark(rowOf(id), name, true);
    marked = rows;
  });
}
