// Moments in rows' texts, which the server leaves to us: only here the operating day is counted on through midnight.

import { write } from "./dom.js";
import { clock, operatingDay } from "./format.js";
import { page } from "./page.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

function paint(root) {
  for (const time of root.querySelectorAll("time[data-ms]")) {
    const moment = Number(time.dataset.ms);
    write(time, clock(moment, page.zone, operatingDay(moment, page.zone, page.dayChange)));
  }
}

export function start() {
  hear("rows", ({ changed }) => changed.forEach((id) => paint(rowOf(id))));
  paint(document);
}
