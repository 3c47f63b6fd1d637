// The plan of lines as it was frozen, read from [data-list=baseline]: what each row shows as planned. As
// `frozen_plan` in server/runsheet/queries.py, where a row is named twice, the one frozen last counts.

import { rowsOf } from "./rows.js";

let spans = new Map();

/** Planned [start, end] of a row as it was frozen, in ms, of which each may be null; null if it never was. */
export const of = (id) => spans.get(id) ?? null;

/** Read all of them, in the order in which they were frozen. */
export function read() {
  spans = new Map(rowsOf("baseline").sort(byMoment).flatMap(unpacked));
}

const byMoment = ({ dataset: one }, { dataset: other }) => Number(one.order) - Number(other.order) || (one.id < other.id ? -1 : 1);

/** Pairs of id and span from `id,start,end …`, in seconds after `data-from`. */
function unpacked({ dataset, textContent }) {
  const moment = (text) => (text ? Number(dataset.from) + Math.round(Number(text) * 1000) : null);
  const parts = textContent.trim().split(" ").map((part) => part.split(","));
  return parts.map(([id, start, end]) => [id, [moment(start), moment(end)]]);
}
