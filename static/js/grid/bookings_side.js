// Beside the table: what the row one stands on needs at the same time as others. A click goes to the other row.

import { make, out, write } from "../dom.js";
import { clock } from "../format.js";
import { clashText } from "../needs.js";
import { page } from "../page.js";
import { entry, timesOf } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { rowOf } from "../rows.js";
import { activeId } from "./cells.js";
import { clashesOf, goTo, otherOf, step } from "./bookings.js";
import { titleOf } from "./titles.js";

let isOpen = false;

const part = () => out("clashes-part");

function open(wanted) {
  isOpen = wanted;
  fill();
  tell("side");
}

function fill() {
  part().hidden = !isOpen;
  if (!isOpen) return;
  const id = activeId();
  const all = id && rowOf(`cue-${id}`) ? clashesOf(id) : [];
  write(out("clashes-row"), id ? titleOf(id) : "");
  write(out("clashes-facts"), id ? factsOf(id) : "");
  out("clashes-none").hidden = all.length > 0;
  const lines = all.map((clash) => line(clash, id));
  if (out("clashes").textContent !== lines.map(({ textContent }) => textContent).join("")) out("clashes").replaceChildren(...lines);
}

/** When, where and who, in one line. */
function factsOf(id) {
  const tr = rowOf(`cue-${id}`);
  const { projected_start: from, projected_end: until, planned_start: start, planned_end: end } = timesOf(id) ?? {};
  const span = [from ?? start, until ?? end].filter((moment) => moment !== null && moment !== undefined).map((moment) => clock(moment, page.zone, tr?.dataset.day));
  const said = ["place", "people"].map((key) => tr?.querySelector(`[data-field="${key}"]`)?.textContent.trim());
  return [[...new Set(span)].join("–"), ...said].filter(Boolean).join(" · ");
}

function line(clash, id) {
  const other = otherOf(clash, id);
  const text = clashText(clash, titleOf(other), entry(other)?.row.day);
  return make("li", {}, make("button", { type: "button", "data-clash-with": other }, text));
}

function pressed({ target }) {
  const { clashWith, clashStep } = target.closest("button")?.dataset ?? {};
  if (clashWith) goTo(clashWith);
  else if (clashStep) step(Number(clashStep));
  else if (target.closest("[data-clash-close]")) {
    open(false);
    tell("back", {});
  }
}

export function start() {
  part().addEventListener("click", pressed);
  hear("clash-panel", ({ isOpen: wanted }) => open(wanted));
  for (const name of ["cell", "clashes"]) hear(name, fill);
  // The mark of a row says which others: its cell opens the panel.
  document.querySelector("table.grid").addEventListener("click", ({ target }) => {
    if (target.closest("td[data-clashes]")) open(true);
  });
}
