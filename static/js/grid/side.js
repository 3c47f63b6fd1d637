// Beside the table: what clashed, and what has changed, the newest first. A click goes to the row.

import { make, mark, out } from "../dom.js";
import { clock } from "../format.js";
import { nameOf } from "../names.js";
import { page } from "../page.js";
import { rowOf } from "../rows.js";
import { hear, tell } from "../signal.js";
import { keep, kept } from "../store.js";
import { t } from "../words.js";
import { labelOf, select } from "./cells.js";
import { columnOf, valueText } from "./fields.js";
import { choose } from "./filter.js";
import { titleOf } from "./titles.js";

const MOST = 40;
const LOOK_BACK = 60;
const PAUSE_MS = 400;
const WIDE_PX = 1600;
const KEY = "grid:side";
const TOLD = new Set(["cue.add", "cue.copy", "cue.edit", "cue.move", "cue.remove", "cue.restore", "cue.warm", "cue.standby", "cue.go", "cue.finish", "cue.skip", "cue.pause", "cue.resume", "cue.rewind", "cue.nudge", "cue.turn", "cue.apply", "cue.unapply"]);

// How a row starts is told in one word, whatever fields it takes.
const STARTS = new Set(["start_mode", "start", "offset_s", "end_mode", "end"]);

let since = Math.max(0, page.head - LOOK_BACK);
let timer = 0;
let isOpen = false;

const side = () => document.getElementById("side");

function show() {
  out("changes-part").hidden = !isOpen;
  side().hidden = !side().querySelector(":scope > section:not([hidden])");
  mark(document.querySelector("[data-side]"), "aria-pressed", String(isOpen));
}

function toggle() {
  isOpen = !isOpen;
  keep(KEY, isOpen ? "open" : "shut");
  show();
  if (isOpen) look();
}

/** Read on in the event's log, once for a burst of changes. */
function soon() {
  clearTimeout(timer);
  if (isOpen) timer = setTimeout(look, PAUSE_MS);
}

async function look() {
  const query = new URLSearchParams({ since, epoch: page.epoch, limit: 1000 });
  try {
    const answer = await fetch(`/api/events/${page.event}/changes?${query}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) return;
    const { changes = [], last, reset } = await answer.json();
    since = reset ? page.head : Math.max(since, last);
    const lines = changes.filter(({ kind, of }) => of === "cue" && TOLD.has(kind)).map(line).filter(Boolean);
    out("changes").prepend(...lines.reverse());
    for (const old of [...out("changes").children].slice(MOST)) old.remove();
  } catch (error) {
    tell("silent", { error });
  }
}

function line({ received, actor, kind, entity, detail }) {
  const head = [make("time", {}, clock(Date.parse(received), page.zone)), make("b", {}, nameOf("people", actor))];
  const button = make("button", { type: "button", "data-go": entity, "data-key": keyOf(detail) }, titleOf(entity));
  const what = kind === "cue.edit" ? edits(entity, detail) : [make("p", {}, t(`did_${kind.slice(4)}`))];
  return what.length ? make("li", {}, make("p", { class: "change-head" }, ...head), button, ...what) : null;
}

const keyOf = ({ set }) => (set ? columnOf(fieldsOf(set)[0]?.[0] ?? "title") : "title");

/** Each field, and each column by itself. */
const fieldsOf = (values) =>
  Object.entries(values).flatMap(([name, value]) =>
    name === "columns" ? Object.entries(value).map(([id, cell]) => [`columns.${id}`, cell]) : [[name, value]],
  );

function edits(entity, { set = {}, was = {} }) {
  const day = rowOf(`cue-${entity}`)?.dataset.day ?? null;
  const before = Object.fromEntries(fieldsOf(was));
  const changed = fieldsOf(set).filter(([name, value]) => name !== "flagged" && JSON.stringify(value) !== JSON.stringify(before[name]));
  const starts = changed.some(([name]) => STARTS.has(name));
  const told = changed.filter(([name]) => !STARTS.has(name));
  const lines = told.map(([name, value]) => make("p", {}, `${wordOf(name)} `, ...fromTo(valueText(name, before[name], day), valueText(name, value, day))));
  if (starts) lines.unshift(make("p", {}, `${labelOf("start")} `, ...fromTo(startOf({ ...set, ...was }, day), startOf(set, day))));
  return lines;
}

/** How a row starts, in one word: a time if it has one. */
function startOf({ start_mode: mode, start, offset_s: seconds }, day) {
  if (start) return valueText("start", start, day);
  if (mode === "offset" && seconds !== undefined) return valueText("offset_s", seconds);
  return mode ? valueText("start_mode", mode) : "";
}

const wordOf = (name) => (name === "hard" || name === "kind" ? t(`field_${name}`) : labelOf(columnOf(name)));

const fromTo = (from, to) => [from ? make("del", {}, from) : null, from ? " " : null, make("b", {}, to || t("nothing"))];

export function start() {
  isOpen = (kept(KEY) ?? (innerWidth >= WIDE_PX ? "open" : "shut")) === "open";
  document.querySelector("[data-side]").addEventListener("click", toggle);
  side().addEventListener("click", ({ target }) => {
    const go = target.closest("[data-go]");
    const tr = go && rowOf(`cue-${go.dataset.go}`);
    if (!tr) return;
    if (tr.hidden) choose({ day: tr.dataset.day, track: "", department: "", text: "" });
    select(tr, go.dataset.key);
    tell("back", {});
  });
  hear("side", show);
  hear("rows", soon);
  show();
  if (isOpen) look();
}
