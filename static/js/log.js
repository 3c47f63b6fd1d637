// The site's log: one line, written by Enter, with the time at which it was said and what ran then.

import { make, out, write } from "./dom.js";
import { clock, operatingDay } from "./format.js";
import { me } from "./me.js";
import { nameOf } from "./names.js";
import { newId, send, waiting } from "./op.js";
import { page } from "./page.js";
import { rowOf, rowsOf } from "./rows.js";
import { screen } from "./screens.js";
import { trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { calledTrack, track } from "./track.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const dialog = () => document.getElementById("log");
const field = () => dialog().querySelector("[name=text]");
const rows = () => rowsOf("entry");

/** Where I stand: the track that I look at, and what runs on it. */
function here() {
  const where = (screen() === "call" && calledTrack()) || track();
  return { track: where || null, cue: trackOf(where)?.current ?? null };
}

const at = (moment) => clock(moment, page.zone, operatingDay(moment, page.zone, page.dayChange));

function what({ track: where, cue }) {
  return [where && nameOf("tracks", where), cue && titleOf(cue)].filter(Boolean).join(" · ");
}

/** A line's time and what ran; of my own, the way to take it back. */
function dress(row) {
  const { at: said, member, track: where, cue, v } = row.dataset;
  write(row.querySelector("time"), at(Number(said)));
  if (row.querySelector(".entry-what")?.dataset.of === v) return;
  row.querySelector(".entry-what")?.remove();
  row.querySelector("p").append(make("small", { class: "entry-what", "data-of": v }, what({ track: where, cue })));
  if (member === me()?.id && !row.querySelector("[data-strike]")) row.append(make("button", { class: "btn", type: "button", "data-size": "small", "data-strike": true }, t("log_strike")));
}

function refresh() {
  if (!dialog().open) return;
  const found = rows();
  for (const row of found) dress(row);
  const own = waiting().filter(({ op }) => op.op === "log.write");
  out("log-own").replaceChildren(...own.map(line));
  out("log-empty").hidden = found.length + own.length > 0;
  write(out("log-what"), what(here()));
}

/** What I have written and is not sent yet stands above the others. */
function line({ op, since }) {
  return make("li", { class: "entry", "data-state": "pending" }, make("time", {}, at(since)), make("p", {}, make("b", {}, op.args.text), make("small", {}, t("pending"))));
}

function open() {
  dialog().showModal();
  refresh();
  if (screen() === "call") field().focus();
}

function say(event) {
  event.preventDefault();
  const text = field().value.trim();
  if (!text) return;
  const id = newId();
  field().value = "";
  send("log.write", { id, text, ...here() }, { row: `entry-${id}`, title: `${t("log")} · ${text}` });
}

const strike = (row) => send("log.strike", { id: row.dataset.id }, { row: row.id, title: `${t("log_strike")} · ${row.querySelector("b").textContent}` });

/** A phrase begins the line, and one goes on writing. */
function begin(phrase) {
  field().value = field().value ? `${field().value} ${phrase}` : phrase;
  field().focus();
}

export function start() {
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-log-open]")) open();
    if (target.closest("[data-phrase]")) begin(target.closest("[data-phrase]").textContent);
    const struck = target.closest("[data-strike]");
    if (struck) strike(rowOf(struck.closest(".entry").id));
  });
  out("log-form").addEventListener("submit", say);
  for (const name of ["rows", "board", "outbox"]) hear(name, refresh);
}
