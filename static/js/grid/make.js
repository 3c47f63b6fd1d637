// What rows hang on: a new track, a new column, another day; and the first row of an event that has nothing yet.

import { now } from "../clock.js";
import { mark, out, write } from "../dom.js";
import { operatingDay } from "../format.js";
import { newId, send } from "../op.js";
import { page } from "../page.js";
import { reason } from "../reasons.js";
import { refetch } from "../refetch.js";
import { entries } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { t } from "../words.js";
import { heads } from "./cells.js";
import { choose, day, days, track } from "./filter.js";
import { lay } from "./menus.js";
import { siblings } from "./places.js";
import { say } from "./say.js";
import { addAt } from "./structure.js";
import { trackIds } from "./tracks.js";

const idOf = (letter) => `${letter}${newId().replaceAll("-", "").slice(0, 12)}`;

async function put(op, args) {
  const result = await send(op, args, { row: `${op.split(".")[0]}-${args.id}`, title: args.name, shows: () => true });
  if (result.status === "applied") return true;
  say(`${args.name}: ${reason(result.error)}`, { alert: true });
  return false;
}

const makers = {
  async track({ name, name_en }) {
    if (await put("track.put", { id: idOf("t"), name, name_en })) refetch();
  },
  async column({ department, ...said }) {
    const args = { id: columnForm().dataset.id || idOf("k"), ...said };
    delete columnForm().dataset.id;
    if (await put("column.put", department ? { ...args, department } : args)) refetch();
  },
  async day({ date }) {
    choose({ day: date });
    await firstRow(date);
  },
};

const columnForm = () => document.getElementById("make-column");

/** The form of a column: empty for a new one, or with what a column is called, whose it is and who reads it. */
function fillColumn(key = "") {
  const head = heads().find((each) => key && each.dataset.key === key);
  const form = columnForm();
  form.dataset.id = key.replace("columns.", "");
  write(form.querySelector("h2"), t(head ? "column_edit" : "column_add"));
  write(form.querySelector("[type=submit] span"), t(head ? "save" : "add"));
  form.elements.name.value = head?.dataset.name ?? "";
  form.elements.name_en.value = head?.dataset.nameEn ?? "";
  form.elements.department.value = head?.dataset.dept ?? "";
  form.elements.shown_to.value = head && "team" in head.dataset ? "team" : "all";
}

function editColumn(key) {
  fillColumn(key);
  mark(columnForm(), "data-laid", true);
  const spot = document.getElementById("columns").getBoundingClientRect();
  columnForm().showPopover();
  lay(columnForm(), { left: spot.left, bottom: spot.top, top: spot.top });
}

async function submitted(event) {
  const form = event.target.closest("[data-make]");
  if (!form) return;
  event.preventDefault();
  const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  const missing = [...form.elements].find((field) => field.required && !field.value.trim());
  if (missing) {
    missing.focus();
    return;
  }
  form.closest("[popover]")?.hidePopover();
  form.reset();
  tell("back");
  await makers[form.dataset.make](values);
}

/** The first row of a day: on the track that is looked at, else on the first one, which is made where there is none. */
async function firstRow(date) {
  let on = track() || trackIds()[0];
  if (!on) {
    on = idOf("t");
    const name = t("main_stage");
    if (!(await put("track.put", { id: on, name, name_en: t("main_stage_en") }))) return;
    await refetch();
  }
  await addAt("item", { track: on, parent: null, after: siblings(on, null).at(-1) ?? null, day: date });
}

/** What stands where there are no rows: how to begin an event, or a day. */
function showEmpty({ count }) {
  const isNew = entries().length === 0;
  const hasDay = entries().some(({ row }) => row.day === day());
  out("empty-event").hidden = !isNew;
  out("empty-day").hidden = isNew || hasDay;
  out("empty-filter").hidden = isNew || !hasDay || count > 0;
  document.querySelector("table.grid").hidden = isNew;
}

export function start() {
  document.addEventListener("submit", submitted);
  const input = document.querySelector('[data-out="empty-event"] input[type="date"]');
  if (input) input.value = days()[0] ?? operatingDay(now(), page.zone, page.dayChange);
  document.addEventListener("click", ({ target }) => {
    const column = target.closest("[data-column]")?.dataset.column;
    if (column) editColumn(column);
    if (target.closest('[popovertarget="make-column"]')) fillColumn();
    if (target.closest("[data-first-row]")) firstRow(entries().length ? day() : begun(input.value));
    if (target.closest("[data-clear-filters]")) choose({ department: "", text: "", track: "" });
  });
  hear("shown", showEmpty);
}

/** The day chosen for the first row is the day one looks at. */
function begun(date) {
  const wanted = date || day();
  choose({ day: wanted });
  return wanted;
}
