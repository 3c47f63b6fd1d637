// Somebody changed the same field first: both values side by side, and two buttons.

import { dated } from "./dated.js";
import { make } from "./dom.js";
import { clock, duration } from "./format.js";
import { nameOf } from "./names.js";
import { page } from "./page.js";
import { t } from "./words.js";

/** A panel for a conflict of an edit. `error.now` has what stands now, by field. */
export function clashes(error, values, keep, take) {
  const who = nameOf("people", error.who) || t("somebody");
  const when = error.when ? dated(new Date(error.when).getTime()) : "";
  const panel = make("section", { class: "clash", role: "alert" }, make("h3", {}, t("clash", { who, when })));
  const fields = Object.entries(error.now).filter(([name]) => name !== "start_mode" || !("start" in error.now));
  for (const [name, now] of fields) panel.append(pair(name, mineOf(name, values), now, who));
  panel.append(make("div", { class: "btns" }, button("keep_mine", keep, panel), button("take_theirs", take, panel, "main")));
  return panel;
}

/** What is left of an edit when theirs stays: the fields that nobody else changed; null if nothing is. */
export function leftOf(values, now) {
  const left = Object.fromEntries(Object.entries(values).filter(([name]) => !(name in now)));
  if (values.columns) left.columns = Object.fromEntries(Object.entries(values.columns).filter(([id]) => !(`columns.${id}` in now)));
  const said = Object.entries(left).filter(([name, value]) => name !== "columns" || Object.keys(value).length);
  return said.length ? Object.fromEntries(said) : null;
}

const mineOf = (name, values) => (name.startsWith("columns.") ? values.columns[name.slice(8)] : values[name]);

function pair(name, mine, theirs, who) {
  const label = document.querySelector(`label[for="f-${fieldFor(name)}"]`)?.textContent ?? "";
  const line = (word, value) => make("div", {}, make("dt", {}, word), make("dd", {}, say(name, value)));
  return make("div", {}, make("b", {}, label), make("dl", { class: "diff" }, line(t("yours"), mine), line(who, theirs)));
}

/** A field's value as one reads it. */
function say(name, value) {
  if (value === null || value === "" || value === undefined) return t("nothing");
  if (name === "start" || name === "end") return clock(typeof value === "string" ? Date.parse(value) : value, page.zone, null, true);
  if (name.endsWith("_s")) return duration(value * 1000);
  if (name === "people") return value.map((id) => nameOf("people", id)).join(t("comma"));
  if (name === "place") return nameOf("places", value);
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  return typeof value === "object" ? (value[page.locale] ?? Object.values(value)[0] ?? t("nothing")) : String(value);
}

function button(word, act, panel, kind) {
  const made = make("button", { class: "btn", type: "button", "data-size": "small", "data-kind": kind }, t(word));
  made.addEventListener("click", () => {
    panel.remove();
    act();
  });
  return made;
}

/** The form's field for a field of the op: for conflicts and refusals. */
export function fieldFor(name) {
  if (name.startsWith("columns.")) return name.replace(".", "-");
  const known = { duration_s: "duration", start_mode: "start", offset_s: "start", people: "person" };
  return known[name] ?? name.replace(/_en$/, "");
}
