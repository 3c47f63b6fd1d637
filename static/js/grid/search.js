// The row of tools: search by title, department, track, which columns stand in the table.

import { alike } from "../alike.js";
import { ico, make, mark, out } from "../dom.js";
import { may } from "../me.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { first } from "./cells.js";
import { choices, hasMine, isAway, showSet, toggle } from "./columns.js";
import { focus } from "./editor.js";
import { choose } from "./filter.js";
import { redo, undo } from "./undo.js";

const PAUSE_MS = 120;
let timer = 0;

function search(input) {
  clearTimeout(timer);
  timer = setTimeout(() => choose({ text: alike(input.value.trim()) }), PAUSE_MS);
}

/** Enter goes to the rows that were found, Escape clears the search. */
function searchKey(event) {
  if (event.isComposing || !["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  clearTimeout(timer);
  if (event.key === "Escape") event.target.value = "";
  choose({ text: alike(event.target.value.trim()) });
  first();
  focus();
}

/** Whether it is a column of the cue sheet, which somebody made. */
const isOwned = (key) => key.startsWith("columns.");

function pencil(key, name) {
  return make("button", { class: "btn", type: "button", "data-kind": "bare", "data-column": key, "aria-label": `${t("column_edit")} ${name}` }, ico("pencil"));
}

function listColumns() {
  const items = choices().map(([key, name]) => {
    const box = make("input", { type: "checkbox", value: key });
    box.checked = !isAway(key);
    const label = make("label", {}, box, name);
    return isOwned(key) && may("configure") ? make("div", { class: "check-edit" }, label, pencil(key, name)) : label;
  });
  out("columns").replaceChildren(...items);
  document.querySelector('[data-columns="mine"]').hidden = !hasMine();
}

export function start() {
  const input = document.getElementById("search");
  input.addEventListener("input", () => search(input));
  input.addEventListener("keydown", searchKey);
  hear("search", () => {
    input.focus();
    input.select();
  });
  hear("filtered", ({ text, department, person }) => {
    if (!text) input.value = "";
    document.querySelector('select[name="department"]').value = department;
    document.querySelector('select[name="whose"]').value = person;
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches('select[name="track"]')) choose({ track: target.value });
    if (target.matches('select[name="whose"]')) choose({ person: target.value });
    if (target.matches('select[name="department"]:not([data-make] *)')) choose({ department: target.value });
    if (target.matches('[data-out="columns"] input')) toggle(target.value);
  });
  document.getElementById("columns").addEventListener("beforetoggle", ({ newState }) => newState === "open" && listColumns());
  document.addEventListener("click", ({ target }) => {
    const set = target.closest("[data-columns]")?.dataset.columns;
    if (!set) return;
    showSet(set);
    listColumns();
  });
  document.querySelector("[data-undo]").addEventListener("click", undo);
  document.querySelector("[data-redo]").addEventListener("click", redo);
  hear("steps", (steps) => {
    for (const name of ["undo", "redo"]) mark(document.querySelector(`[data-${name}]`), "disabled", steps[name] === 0);
  });
}
