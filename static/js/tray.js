// What the server refused stays in sight with its reason until somebody has read it; what is applied can be undone.

import { ico, make, mark } from "./dom.js";
import { clock } from "./format.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { reason } from "./reasons.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const REFUSED = new Set(["rejected", "conflict"]);

/** One op, as a line: when, what, its state; and why, with what can be done. */
export function opLine(entry, state, ...more) {
  const badge = make("span", { class: "badge", "data-state": state }, ico(state === "refused" ? "triangle-alert" : "hourglass"), make("span", {}, t(state)));
  return make("div", { class: "op", "data-state": state }, make("time", {}, clock(entry.since, page.zone)), make("p", {}, make("b", {}, entry.title)), badge, ...more);
}

function refused(entry, error) {
  const row = rowOf(entry.row);
  if (row) mark(row, "data-refused", true);
  const seen = make("button", { class: "btn", type: "button", "data-size": "small" }, t("understood"));
  const line = opLine(entry, "refused", make("p", { class: "op-why" }, reason(error)), make("div", { class: "btns" }, seen));
  line.setAttribute("role", "alert");
  seen.addEventListener("click", () => {
    line.remove();
    if (row) mark(row, "data-refused", false);
  });
  document.getElementById("toasts").append(line);
}

function applied(entry, result) {
  const { undo } = result.result ?? {};
  if (!undo) return;
  const again = { row: entry.row, title: `${t("undo")} · ${entry.title}`, base: undo.base_version };
  toast(entry.title, { action: t("undo"), act: () => send(undo.op, undo.args, again) });
}

export function start() {
  hear("answered", ({ entry, result }) => {
    if (entry.shows(result.status)) return;
    if (REFUSED.has(result.status)) refused(entry, result.error);
    else applied(entry, result);
  });
}
