// What waits to be published, old → new, row by row; publish it all, or discard a row's changes. And whether edits wait.

import { setChoice } from "./choose.js";
import { make, out, show, write } from "./dom.js";
import { me } from "./me.js";
import { send } from "./op.js";
import { reason } from "./reasons.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";
import { isEdited, isLiveFor, liveSince, number, threshold } from "./version.js";
import { t } from "./words.js";

const MOST = 200;
let timer = 0;
let place = null;

const part = () => document.getElementById("publish");
const form = () => document.getElementById("publish-form");
const next = () => `v${number() + 1}`;
const submit = () => form().querySelector("[type=submit]");

/** The rows of which something waits. */
const waiting = () => [...document.querySelectorAll(".cue[data-waits]")];

/** Say again what waits; where nobody looks only how much it is. */
export function refresh() {
  timer = 0;
  const rows = waiting();
  show("waiting-n", String(rows.length));
  place.counted(rows.length);
  if (!place.isOpen()) return;
  write(submit().querySelector("span"), t("publish_as", { version: next() }));
  submit().disabled = number() > 0 && !rows.length && !isEdited();
  out("waiting").replaceChildren(...rows.slice(0, MOST).map(line));
  out("waiting-more").hidden = rows.length <= MOST;
  write(out("waiting-more"), t("more_rows", { n: rows.length - MOST }));
  out("waiting-none").hidden = rows.length > 0;
  write(out("waiting-none"), t(none()));
  setChoice("sheet-live", liveSince() ? "on" : "");
  setChoice("sheet-mine", me() && number() && isLiveFor(me().id) ? "on" : "");
  out("mine-live").hidden = Boolean(liveSince()) || !number();
  setChoice("sheet-threshold", String(threshold()));
}

/** What to say where nothing waits. */
function none() {
  if (!number()) return "nothing_published";
  return me() && isLiveFor(me().id) ? "nothing_waits_live" : "nothing_waits";
}

function line(row) {
  const { id } = row.dataset;
  const diffs = row.querySelector(".diffs").cloneNode(true);
  diffs.hidden = false;
  const back = make("button", { class: "btn", type: "button", "data-size": "small", "data-revert": id }, t("revert"));
  return make("li", {}, make("button", { type: "button", "data-go": id }, place.titleOf(id)), diffs, back);
}

function soon() {
  timer ||= requestAnimationFrame(refresh);
}

/** Which op throws away what waits of a row; what is new goes to the trash. */
function discarding({ dataset }) {
  if ("unpublished" in dataset) return "cue.remove";
  return "leaving" in dataset || dataset.waits === "leaving" ? "cue.restore" : "cue.revert";
}

async function publish(event) {
  event.preventDefault();
  const { note } = form().elements;
  submit().disabled = true;
  const args = { note: note.value.trim() };
  const { status, error, result } = await send("sheet.publish", args, { row: "sheet-sheet", title: t("publish_as", { version: next() }), shows: () => true });
  out("publish-why").hidden = status === "applied";
  write(out("publish-why"), status === "applied" ? "" : reason(error));
  refresh();
  if (status !== "applied") return;
  note.value = "";
  place.published(t("published_as", { version: `v${result.number}` }));
}

const set = (op, args, title) => send(op, args, { row: "sheet-sheet", title }).then(soon);

const CHOSEN = {
  "sheet-live": (value) => set("sheet.live", { on: value === "on" }, t("live_mode")),
  "sheet-mine": (value) => set("sheet.mine", { on: value === "on" }, t("live_mode")),
  "sheet-threshold": (value) => set("sheet.threshold", { threshold_s: Number(value) }, t("threshold")),
};

function pressed({ target }) {
  const choice = target.closest("[data-choose] > button");
  if (choice) CHOSEN[choice.parentElement.dataset.choose]?.(choice.value);
  const { revert, go } = target.closest("[data-revert], [data-go]")?.dataset ?? {};
  if (revert) place.discard(discarding(rowOf(`cue-${revert}`)), revert);
  if (go) place.goTo(go);
}

/** `where` is the page's part in it: isOpen, counted(n), published(text), titleOf(id), goTo(id) and discard(op, id). */
export function begin(where) {
  place = where;
  part().addEventListener("click", pressed);
  part().addEventListener("change", ({ target }) => CHOSEN[target.name]?.(target.value));
  form().addEventListener("submit", publish);
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => id.startsWith("cue-") || id.startsWith("sheet-")) && soon());
  hear("me", soon);
  refresh();
}
