// Where time can be saved before the next hard time, when some must be: each row that may give some, how much, and for
// whoever calls the track what to press for it.

import { inMinutes } from "./between.js";
import { make, out, outs, write } from "./dom.js";
import { clock, late } from "./format.js";
import { mayCall } from "./me.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { entry, timesOf, trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { lookedAt } from "./track.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const STEPS_S = [60, 300];
const RUNNING = new Set(["live", "paused"]);
const dialog = () => document.getElementById("cuts");
let shown = "";

function refresh() {
  const standing = trackOf(lookedAt());
  const save = standing?.save ?? 0;
  for (const each of outs("cuts-open")) each.hidden = save <= 0;
  if (save > 0) for (const each of outs("cuts-save")) write(each, late(save).replace("+", ""));
  if (dialog().open) fill(standing, save);
}

function fill(standing, save) {
  const at = standing?.hard && timesOf(standing.hard).planned_start;
  const what = save > 0 ? t("save_before", { length: late(save).replace("+", ""), title: titleOf(standing.hard), at: at ? clock(at, page.zone, entry(standing.hard).row.day) : "" }) : t("nothing_to_save");
  write(out("cuts-what"), what);
  const cuts = save > 0 ? standing.cuts : [];
  const mine = mayCall(lookedAt());
  const key = JSON.stringify([mine, cuts.map(({ id, spare }) => [id, Math.floor(spare / 1000), entry(id)?.version])]);
  if (key === shown) return;
  shown = key;
  out("cuts").replaceChildren(...cuts.filter(({ id }) => entry(id)).map((cut) => line(cut, mine)));
}

function line({ id, spare }, mine) {
  const { row } = entry(id);
  const acts = mine ? make("span", { class: "btns" }, ...(RUNNING.has(row.state) ? nudges(id, spare) : [skip(id)])) : null;
  return make("li", { class: "row" }, make("p", {}, make("b", {}, titleOf(id)), " ", make("small", {}, how(row, spare))), acts);
}

/** What a row can give: a buffer what it must keep, the live one up to now, others what is above their shortest. */
function how(row, spare) {
  const length = inMinutes(Math.floor(spare / 1000) * 1000);
  if (RUNNING.has(row.state)) return t("cut_live", { length });
  if (row.kind === "buffer") return t("cut_buffer", { length });
  if (!row.minimum) return t("cut_skip", { length });
  return t("cut_shorten", { length, whole: inMinutes(row.duration) });
}

const nudges = (id, spare) => STEPS_S.filter((seconds) => seconds * 1000 <= spare).map((seconds) => button(t("shorten_by", { n: seconds / 60 }), () => send("cue.nudge", { id, seconds: -seconds }, { title: `${t("op_nudge")} · ${titleOf(id)}` })));

const skip = (id) => button(t("op_skip_now"), () => send("cue.skip", { id }, { title: `${t("op_skip")} · ${titleOf(id)}` }));

function button(word, act) {
  const made = make("button", { class: "btn", type: "button" }, make("span", {}, word));
  made.addEventListener("click", act);
  return made;
}

function open({ target }) {
  if (!target.closest?.("[data-cuts]")) return;
  shown = "";
  dialog().showModal();
  refresh();
}

export function start() {
  document.addEventListener("click", open);
  for (const name of ["board", "screen", "track", "me"]) hear(name, refresh);
  refresh();
}
