// Rows that need the same person, place or microphone at once: a mark on each, how many there are in the tools, and the
// way from one to the next. They are looked for when rows have changed, and now and then since what runs over time moves
// what comes after it.

import { clashes } from "../clashes.js";
import { ahead } from "../clock.js";
import { mark, show } from "../dom.js";
import { needs } from "../needs.js";
import { rowOf } from "../rows.js";
import { entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { t } from "../words.js";
import { activeId, select } from "./cells.js";
import { finish } from "./editor.js";
import { choose } from "./filter.js";

const PAUSE_MS = 50;
const AGAIN_MS = 20_000;
const SLACK_MS = 2000;
let found = [];
let byRow = new Map();
let timer = 0;
let looked = 0;
let lookedAhead = null;

/** The clashes of a row, by time. */
export const clashesOf = (id) => byRow.get(id) ?? [];

/** The other of two rows that clash. */
export const otherOf = ({ one, other }, id) => (id === one ? other : one);

/** When this computer's clock turns out to be wrong, all that is late stands elsewhere at once. */
const isAnotherTime = () => Math.abs(ahead() - lookedAhead) > SLACK_MS;

function soon(changed) {
  if (changed || isAnotherTime() || performance.now() - looked > AGAIN_MS) timer ||= setTimeout(look, PAUSE_MS);
}

function look() {
  [timer, looked, lookedAhead] = [0, performance.now(), ahead()];
  const before = byRow;
  found = clashes(needs());
  byRow = new Map();
  for (const clash of found) for (const id of [clash.one, clash.other]) byRow.set(id, [...clashesOf(id), clash]);
  for (const id of new Set([...before.keys(), ...byRow.keys()])) markRow(id);
  count();
  tell("clashes", {});
}

function markRow(id) {
  const tr = rowOf(`cue-${id}`);
  if (tr) mark(tr.cells[0], "data-clashes", byRow.has(id) ? t("clash_mark") : false);
}

function count() {
  const button = document.querySelector("[data-next-clash]");
  // The page is wiped when my rights have changed.
  if (!button) return;
  button.hidden = !found.length;
  show("clash-count", String(found.length));
}

/** Go to the next row that clashes, by time, or the one before: of two the one that begins later is to be moved. */
export function step(by) {
  if (!found.length || !finish()) return;
  const rows = [...new Set(found.map(({ other }) => other))];
  const here = rows.indexOf(activeId());
  goTo(rows.at(here < 0 ? (by > 0 ? 0 : -1) : (here + by) % rows.length));
}

export function goTo(id) {
  const tr = rowOf(`cue-${id}`);
  if (!tr) return;
  if (tr.hidden) choose({ day: entry(id).row.day, track: "", department: "", text: "" });
  tell("clash-panel", { isOpen: true });
  select(tr, "title");
  tell("back", {});
}

export function start() {
  hear("board", ({ changed }) => soon(changed));
  document.querySelector("[data-next-clash]").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8" || !found.length) return;
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  });
  soon(true);
}
