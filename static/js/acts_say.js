// Say where the act of an item is: in the open row, and on the caller's screen for the next item. Who is late can be given
// a time. A caller is told once that the act of the next item is late.

import { actOf, wordsOf } from "./acts.js";
import { attract } from "./attention.js";
import { now } from "./clock.js";
import { openRow } from "./detail.js";
import { copy, mark, out, write } from "./dom.js";
import { clock } from "./format.js";
import { may, me } from "./me.js";
import { nameOf } from "./names.js";
import { isPending, send } from "./op.js";
import { page } from "./page.js";
import { screen } from "./screens.js";
import { entry } from "./sheet.js";
import { hear } from "./signal.js";
import { nextAct } from "./target.js";
import { toast } from "./toast.js";
import { calledTrack } from "./track.js";
import { titleOf } from "./turn.js";
import { momentOf } from "./typed.js";
import { t } from "./words.js";

const MINUTE_MS = 60_000;
// What the caller has been told, or knew when the page began: "row version".
let told = null;
let opened = null;
let next = null;

/** Buttons for a row, which `idOf()` names; what was pressed is taken back by pressing it again. */
function build(idOf) {
  const made = copy("act-says").firstElementChild;
  mark(made, "data-kept", true);
  made.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-act-say]");
    if (act) say(idOf(), act.getAttribute("aria-pressed") === "true" ? "none" : act.dataset.actSay, made);
    const soon = target.closest("[data-act-in]");
    if (soon) say(idOf(), "late", made, now() + Number(soon.dataset.actIn) * MINUTE_MS);
  });
  made.querySelector("input")?.addEventListener("change", ({ target }) => sayTime(idOf(), target, made));
  return made;
}

function say(id, act, holder, eta = null) {
  const args = { id, act, ...(eta !== null && { eta: new Date(Math.round(eta / MINUTE_MS) * MINUTE_MS).toISOString() }) };
  const title = `${titleOf(id)} · ${act === "none" ? t("mark_taken_back") : t(`act_${act}`)}`;
  show(holder, act === "none" ? "" : act);
  send("cue.act", args, { base: actOf(id).version, title }).then(refresh);
}

/** 14:55, or a number of minutes from now. */
function sayTime(id, field, holder) {
  const text = field.value.trim();
  const { row } = entry(id);
  const eta = /^\d{1,2}$/.test(text) ? now() + Number(text) * MINUTE_MS : momentOf(text, row.day, page.zone, page.dayChange);
  mark(field, "aria-invalid", text && eta === null ? "true" : false);
  if (!text || eta === null) return;
  field.value = "";
  say(id, "late", holder, eta);
}

function show(holder, kind) {
  for (const button of holder.querySelectorAll("[data-act-say]")) mark(button, "aria-pressed", String(button.dataset.actSay === kind));
  const more = holder.querySelector("[data-act-late]");
  if (more) more.hidden = kind !== "late";
}

/** While an answer is on its way, what was pressed stays pressed. */
function press(holder, id) {
  if (!isPending(`cue-${id}`)) show(holder, actOf(id).kind);
}

function fillDetail() {
  const [place, id] = [out("detail-act"), openRow()];
  const found = id && entry(id);
  place.hidden = !found || found.row.kind !== "item" || !may("mark");
  if (place.hidden) return;
  opened ??= place.appendChild(build(openRow));
  press(opened, id);
  const { kind, at, member } = actOf(id);
  write(out("act-who", opened), kind ? t("act_said", { what: wordsOf(id), who: nameOf("people", member), when: clock(at, page.zone, null) }) : "");
}

/** On the caller's screen the buttons stand in the row of the next item, whether it or a cue is called first. */
function fillNext() {
  const id = screen() === "call" ? nextAct(calledTrack()) : null;
  const found = id && entry(id);
  if (!found || found.row.kind !== "item") {
    next?.remove();
    return;
  }
  next ??= build(() => next.closest(".cue").dataset.id);
  if (next.parentElement !== found.el) found.el.append(next);
  press(next, id);
}

/** The act of the next item is late, and somebody else has just said so: the caller is told once. */
function warn() {
  const id = may("call_show") ? nextAct(calledTrack()) : null;
  const { kind, member, version } = id ? actOf(id) : {};
  const isFirst = told === null;
  told ??= new Set();
  if (kind !== "late" || told.has(`${id} ${version}`)) return;
  told.add(`${id} ${version}`);
  if (isFirst || member === me()?.id) return;
  attract("wrong");
  toast(t("act_is_late", { title: titleOf(id), what: wordsOf(id) }));
}

function refresh() {
  if (openRow()) fillDetail();
  fillNext();
  warn();
}

export function start() {
  for (const name of ["board", "screen", "track", "me"]) hear(name, refresh);
  hear("detail", fillDetail);
  hear("outbox", refresh);
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => id.startsWith("act-")) && refresh());
  refresh();
}
