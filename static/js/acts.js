// Where the act of an item is, beside its row: when somebody who is late is expected, and how far that is behind the start
// of their item.

import { write } from "./dom.js";
import { clock, late } from "./format.js";
import { page } from "./page.js";
import { rowOf } from "./rows.js";
import { entry, timesOf } from "./sheet.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

const MINUTE_MS = 60_000;
const EXPECTED = '[data-list~="act"] > [data-eta]';
let expected = null;

/** What is said of the act of an item: {kind, eta, at, member, version}; nothing was said before version 0. */
export function actOf(id) {
  const row = rowOf(`act-${id}`);
  const { where = "", eta, at, member = "", v = 0 } = row?.dataset ?? {};
  return { kind: where, eta: eta ? Number(eta) : null, at: Number(at ?? 0), member, version: Number(v) };
}

/** When a late act is expected, and by how much its item would begin late: 14:55 +5:00. */
function expectedAt(id) {
  const { eta } = actOf(id);
  if (eta === null) return "";
  const behind = eta - (timesOf(id)?.projected_start ?? eta);
  const at = clock(eta, page.zone, entry(id)?.row.day || null);
  return behind < MINUTE_MS ? at : `${at} ${late(Math.floor(behind / MINUTE_MS) * MINUTE_MS)}`;
}

/** Late, expected 14:55 +5:00; nothing where nothing is said. */
export function wordsOf(id) {
  const { kind } = actOf(id);
  return kind ? [t(`act_${kind}`), expectedAt(id)].filter(Boolean).join(" ") : "";
}

function paint() {
  for (const row of (expected ??= [...document.querySelectorAll(EXPECTED)])) write(row.querySelector(".act-eta"), expectedAt(row.dataset.of));
}

export function start() {
  hear("rows", ({ changed, gone }) => {
    if (![...changed, ...gone].some((id) => id.startsWith("act-"))) return;
    expected = null;
    paint();
  });
  hear("board", ({ changed }) => {
    if (changed) expected = null;
    paint();
  });
}
