// What differs between a file and the sheet: each difference is taken or left, by itself, by its row or by its kind.

import { mark, out, write } from "./dom.js";
import { hear } from "./signal.js";

const form = document.getElementById("import-form");
const chosen = new Map();
let keys = [];

export function start() {
  if (!form) return;
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-take], [data-row], [data-all], [data-more]");
    if (button) tapped(button);
  });
  hear("preview", read);
  read();
}

/** Take the differences over that the page has now; what was tapped counts on. */
function read() {
  const said = document.getElementById("import-keys");
  keys = said ? JSON.parse(said.textContent) : [];
  paint();
}

function tapped(button) {
  const { take, all, more } = button.dataset;
  if (take) choose([take], !isTaken(take));
  else if (all) chooseKind(all, button.value === "yes");
  else if (more) showMore(more);
  else chooseRow(button.closest(".differing"));
  paint();
}

const defaults = () => new Map(keys.map(([key, , isDefault]) => [key, isDefault]));

function isTaken(key) {
  return chosen.get(key) ?? defaults().get(key) ?? false;
}

function choose(which, is) {
  for (const key of which) chosen.set(key, is);
}

/** What was changed on site or called is left out of it: that wants a tap of its own. Leaving leaves all. */
function chooseKind(kind, is) {
  const these = keys.filter(([key, , , isMarked]) => key.startsWith(`${kind}|`) && !(is && isMarked));
  choose(these.map(([key]) => key), is);
}

function chooseRow(row) {
  const these = [...row.querySelectorAll("[data-take]:enabled")];
  const isAll = these.every((each) => each.getAttribute("aria-pressed") === "true");
  choose(these.map((each) => each.dataset.take), !isAll);
}

function showMore(count) {
  const field = document.getElementById("import-shown");
  field.value = count;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

const takenKeys = () => keys.filter(([key, , isDefault]) => chosen.get(key) ?? isDefault);

function paint() {
  if (!keys.length) return;
  const taken = takenKeys();
  const names = new Set(taken.map(([key]) => key));
  for (const button of form.querySelectorAll("[data-take]")) mark(button, "aria-pressed", String(names.has(button.dataset.take)));
  write(out("taken", form), String(taken.length));
  form.querySelector('[type="submit"]').disabled = !taken.length;
}

/** What is taken, as `import.update` wants it. */
export function takenArgs() {
  const taken = { rows: [], pairs: {}, fields: {}, places: [], gone: [], called: [] };
  for (const [key, place, , , isCalled] of takenKeys()) {
    const [kind, row, field] = key.split("|");
    if (isCalled && !taken.called.includes(row)) taken.called.push(row);
    if (kind === "added") taken.rows.push(place);
    else if (kind === "missing") taken.gone.push(row);
    else pair(taken, { kind, row, field, place });
  }
  return taken;
}

function pair(taken, { kind, row, field, place }) {
  taken.pairs[row] = place;
  if (kind === "moved") taken.places.push(row);
  else (taken.fields[row] ??= []).push(field);
}
