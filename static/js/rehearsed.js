// How long a row took in its last rehearsal, beside what the plan gives it; who plans may take that over.

import { make } from "./dom.js";
import { duration } from "./format.js";
import { may } from "./me.js";
import { send } from "./op.js";
import { rehearsedFor } from "./rehearsal.js";
import { rowOf } from "./rows.js";
import { entry } from "./sheet.js";
import { t } from "./words.js";

/** 12:05, and the plan's length beside it, with a button where they differ; nothing without a rehearsal. */
export function rehearsedLength(id) {
  const seconds = rehearsedFor(id);
  const row = entry(id)?.row;
  if (seconds === null || !row) return null;
  const text = make("span", { class: "num" }, duration(seconds * 1000), " ", make("small", {}, t("plan_has", { length: duration(row.duration) || "0" })));
  if (seconds * 1000 === row.duration || !may("edit_sheet")) return text;
  return make("span", { class: "who" }, text, make("button", { class: "btn", type: "button", "data-size": "small", "data-adopt": id }, t("adopt")));
}

/** Plan a row as long as it took. Resolves with the server's result; `quiet`: who asks shows that. */
export function adoptOne(id, title, quiet = false) {
  return send("cue.edit", { id, set: { duration_s: rehearsedFor(id) } }, { title, base: rowOf(`cue-${id}`).dataset.v, quiet });
}
