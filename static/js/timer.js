// A monitor at the edge of the stage: what runs on its track, how long yet, what comes next, the time, and what the host
// was told. It counts on without a line, and says then how old it is.

import * as awake from "./awake.js";
import { now } from "./clock.js";
import { out, write } from "./dom.js";
import { clock, countdown, late, operatingDay } from "./format.js";
import * as link from "./link.js";
import { connect } from "./live.js";
import { page } from "./page.js";
import { remaining, until } from "./parts.js";
import { board, entry, start as readSheet, timesOf } from "./sheet.js";
import { hear } from "./signal.js";
import { isOutdated, signalOn, wordOf } from "./silent.js";

const LONG = 6;

const track = () => document.querySelector('[data-list="track"] > li');
const titleOf = (id) => entry(id)?.el.querySelector(".cue-title")?.textContent ?? "";
const at = (id) => (timesOf(id).projected_start === null ? "" : clock(timesOf(id).projected_start, page.zone, entry(id).row.day || null));

function refresh() {
  write(out("clock"), clock(now(), page.zone, operatingDay(now(), page.zone, page.dayChange), true));
  write(out("track"), track()?.textContent ?? "");
  const { current = null, next = null } = board().tracks[track()?.dataset.id] ?? {};
  showNow(current, next);
  const isNextShown = current !== null && next !== null;
  out("next").hidden = !isNextShown;
  if (isNextShown) {
    write(out("next-time"), at(next));
    write(out("next-title"), titleOf(next));
  }
  showSignal();
}

/** What runs, or with nothing running what comes. */
function showNow(current, next) {
  const shown = current ?? next;
  const { is, ms } = current ? remaining(entry(current)) : next ? { is: "next", ms: until(next) } : { is: "none", ms: null };
  const text = textOf(is, ms);
  out("timer").dataset.is = is;
  write(out("title"), shown ? titleOf(shown) : "");
  write(out("left"), text);
  out("left").classList.toggle("long", text.length >= LONG);
}

function textOf(is, ms) {
  if (ms === null) return is === "none" ? "" : "–";
  if (is === "over" || ms < 0) return late(Math.abs(ms));
  return countdown(ms);
}

function showSignal() {
  const signal = track() && signalOn(track().dataset.id);
  const isShown = Boolean(signal) && !isOutdated(signal);
  out("silent").hidden = !isShown;
  if (!isShown) return;
  out("silent").dataset.sign = signal.sign;
  write(out("silent"), wordOf(signal));
}

for (const part of [link, awake]) part.start();
for (const name of ["board", "rows"]) hear(name, refresh);
readSheet();
refresh();
connect();
// Nobody stands at it to agree.
hear("newer", () => location.reload());
// A browser fills the screen only when somebody asks for it.
document.addEventListener("click", () => document.documentElement.requestFullscreen?.());
