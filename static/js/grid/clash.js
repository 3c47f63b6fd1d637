// Somebody changed the same cell first: beside the table stand both, and one chooses.

import { copy, make, mark, out, write } from "../dom.js";
import { clock } from "../format.js";
import { nameOf } from "../names.js";
import { page } from "../page.js";
import { rowOf } from "../rows.js";
import { tell } from "../signal.js";
import { t } from "../words.js";
import { indexOf, labelOf, select } from "./cells.js";
import { valueText } from "./fields.js";
import { titleOf } from "./titles.js";

const open = new Map();

/** Show a clash; `again` sends mine once more, made from the version that stands now. */
export function clashed({ id, key, text, was, error, again }) {
  const name = `${id} ${key}`;
  open.get(name)?.remove();
  const panel = copy("clash").firstElementChild;
  const theirs = theirText(error.now, rowOf(`cue-${id}`)?.dataset.day);
  write(out("clash-title", panel), titleLine({ id, key, was, theirs, error }));
  write(out("clash-mine", panel), text || t("nothing"));
  write(out("clash-who", panel), nameOf("people", error.who));
  write(out("clash-theirs", panel), theirs || t("nothing"));
  const close = () => {
    open.delete(name);
    panel.remove();
    markCell(id, key, false);
    tell("side");
  };
  panel.addEventListener("click", ({ target }) => {
    const kept = target.closest("[data-keep]")?.dataset.keep;
    if (!kept) return;
    close();
    if (kept === "mine") again();
    const tr = rowOf(`cue-${id}`);
    if (tr) select(tr, key);
    tell("back", {});
  });
  open.set(name, panel);
  markCell(id, key, true);
  stand(panel);
}

/** Panels stand on top of the side. */
function stand(panel) {
  document.getElementById("side").prepend(panel);
  tell("side");
}

/** "這一列剛被林場控改過：13:40 → 13:43。要保留你的還是他的？" */
function titleLine({ id, key, was, theirs, error }) {
  const when = error.when ? clock(new Date(error.when).getTime(), page.zone, null, true) : "";
  const change = `${was || t("nothing")} → ${theirs || t("nothing")}`;
  const cell = `${titleOf(id)} · ${labelOf(key)}`;
  return t("clash_cell", { cell, who: nameOf("people", error.who), when, change });
}

function theirText(now = {}, day = null) {
  if (now.start_mode && (now.start ?? null) === null) return valueText("start_mode", now.start_mode);
  const told = Object.entries(now).filter(([name]) => name !== "start_mode" && name !== "end_mode");
  return told.map(([name, value]) => valueText(name, value, day)).filter(Boolean).join(" ");
}

function markCell(id, key, on) {
  const cell = rowOf(`cue-${id}`)?.cells[indexOf(key)];
  if (cell) mark(cell, "data-clash", on);
}

/** A row is gone while somebody typed in it: their text must not go with it. */
export function lost({ title, key, text }) {
  const panel = make("section", { class: "clash", role: "alert" }, make("h2", {}, t("row_gone", { title })));
  const understood = make("button", { class: "btn", type: "button", "data-size": "small" }, t("understood"));
  understood.addEventListener("click", () => {
    panel.remove();
    tell("side");
  });
  panel.append(make("dl", { class: "diff" }, make("div", {}, make("dt", {}, labelOf(key)), make("dd", {}, text))), understood);
  stand(panel);
}
