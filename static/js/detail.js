// A row in full, from below: times, place, people to call, cells, notes and marks, and what one may do with it.

import { between } from "./between.js";
import { callIn } from "./detail_call.js";
import { ico, make, out } from "./dom.js";
import { clock, duration, late } from "./format.js";
import { may } from "./me.js";
import { nameOf } from "./names.js";
import { page } from "./page.js";
import { departmentOf, person } from "./reach.js";
import { adoptOne, rehearsedLength } from "./rehearsed.js";
import { entry, timesOf } from "./sheet.js";
import { hear, tell } from "./signal.js";
import { build, press, titleOf } from "./turn.js";
import { t } from "./words.js";

const PARTS = ".cue-read, .cue-line, .cue-cells, .cue-note, .notes, .files, .marks, .cue-waits";
let shown = null;
let acts = null;
const dialog = () => document.getElementById("detail");

/** The row that is open; null if none. */
export const openRow = () => (dialog().open ? shown : null);

export function openDetail(id) {
  shown = id;
  fill();
  dialog().showModal();
  dialog().scrollTop = 0;
}

function fill() {
  const found = entry(shown);
  if (!found) {
    dialog().close();
    return;
  }
  const { el } = found;
  document.getElementById("detail-title").replaceChildren(...title(el));
  out("detail-state").replaceChildren(...states(found));
  out("detail-facts").replaceChildren(...facts(found).map(pair));
  out("detail-more").replaceChildren(...[...el.querySelectorAll(PARTS)].map((part) => part.cloneNode(true)).map(anonymous));
  showActs(found);
  callIn(out("detail-call"), found);
  tell("detail", { id: shown });
}

/** A copy must not be found in place of the row itself. */
function anonymous(part) {
  for (const each of [part, ...part.querySelectorAll("[id], [data-list]")]) {
    each.removeAttribute("id");
    each.removeAttribute("data-list");
  }
  return part;
}

function title(el) {
  const number = el.dataset.no ? [make("small", {}, el.dataset.no), " "] : [];
  return [...number, ...el.querySelector(".cue-title").cloneNode(true).childNodes];
}

function states({ el, row }) {
  if (row.kind === "segment") return [];
  const state = el.hasAttribute("data-over") ? "over" : row.state;
  const badge = make("span", { class: "badge", "data-state": state }, ico(state), make("span", {}, t(`state_${state}`)));
  const tags = [...el.querySelectorAll(".tag")].map((tag) => tag.cloneNode(true));
  const news = el.hasAttribute("data-changed") ? [make("span", { class: "tag" }, t("updated"))] : [];
  const peer = el.dataset.peer ? [make("span", { class: "tag", "data-kind": "soft" }, t("editing", { name: el.dataset.peer }))] : [];
  return [badge, ...tags, ...news, ...peer];
}

function facts({ el, row }) {
  const place = nameOf("places", el.dataset.place);
  const departments = (el.dataset.depts ?? "").split(" ").filter(Boolean).map(departmentOf);
  const told = [...el.querySelectorAll(".cue-facts > div")].map(({ children: [word, text] }) => [word.textContent, text.textContent]);
  return [
    [t("time"), time(row)],
    [t("before"), between(row.id)],
    [t("track"), nameOf("tracks", row.track)],
    [t("place"), place],
    ...told,
    ...people(el),
    [t("departments"), departments.join(t("comma"))],
    [t("rehearsal"), rehearsedLength(row.id)],
  ].filter(([, value]) => value);
}

function time(row) {
  const times = timesOf(row.id);
  const at = (moment) => (moment === null ? "" : clock(moment, page.zone, row.day || null));
  const [plan, proj] = [at(times.planned_start), at(times.projected_start)];
  const end = at(times.projected_end ?? times.planned_end);
  const whole = make("span", {}, make("time", {}, proj || plan), end && end !== (proj || plan) ? `–${end}` : "");
  if (proj && plan && proj !== plan) whole.append(" ", make("del", {}, plan), " ", make("b", { class: "late" }, late(times.projected_start - times.planned_start)));
  if (!proj && !plan) whole.replaceChildren(t(row.start_mode === "line" ? "on_the_line" : "by_hand"));
  if (row.duration) whole.append(" ", make("small", { class: "num" }, duration(row.duration)));
  return whole;
}

/** Who is responsible, and how to reach them. */
function people(el) {
  return (el.dataset.people ?? "").split(" ").filter(Boolean).map((id, index) => {
    return [index ? t("with") : t("responsible"), person(id)];
  });
}

function pair([word, value]) {
  return make("div", {}, make("dt", {}, word), make("dd", {}, value));
}

function showActs({ el, row }) {
  const place = out("detail-acts");
  place.hidden = !may("mark") || row.kind === "segment" || !el.hasAttribute("data-mine");
  if (place.hidden) return;
  acts ??= place.appendChild(build(() => shown));
  press(acts, shown);
}

const isControl = (target) => target.closest("a, button, input, select, textarea, label");

export function start() {
  document.addEventListener("click", ({ target }) => {
    const row = target.closest('[data-list="cue"] > .cue');
    if (row && !isControl(target)) openDetail(row.dataset.id);
    if (target.closest("#detail [data-adopt]")) adoptOne(shown, `${t("adopt")} · ${titleOf(shown)}`);
    // Beside the sheet is out of it, unless there is something half typed in it, or it leaves by an answer alone.
    if (target.closest("[data-close]") || target.matches("dialog:not(#edit, #silent)")) target.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches('[data-list="cue"] > .cue')) openDetail(event.target.dataset.id);
  });
  for (const name of ["rows", "mine", "me", "files"]) hear(name, () => openRow() && fill());
}
