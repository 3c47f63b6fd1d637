// The head of Now and Sheet: the time, how far behind or ahead the track is, and what its buffers still hold.

import { now } from "./clock.js";
import { mark, out, outs, show, write } from "./dom.js";
import { clock, late, operatingDay } from "./format.js";
import { haltOf, isHaltSent } from "./halt.js";
import { nameOf, names } from "./names.js";
import { page } from "./page.js";
import { screen } from "./screens.js";
import { trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { callable, calledTrack, track } from "./track.js";
import { t } from "./words.js";

let list = null;
const minutes = (ms) => late(ms).replace("+", "");

/** While the track is stopped, that and since when; how late it will be is on the row of what stands still. */
function lateness(offset, of) {
  const halt = haltOf(of);
  const unsent = isHaltSent(of) ? "" : ` · ${t("pending")}`;
  for (const part of outs("lateness")) mark(part.closest(".strip"), "data-halted", Boolean(halt));
  if (halt) {
    for (const part of outs("lateness")) mark(part, "data-is", "halted");
    show("offset", clock(halt.at, page.zone, operatingDay(now(), page.zone, page.dayChange)) + unsent);
    return;
  }
  const seconds = Math.trunc((offset ?? 0) / 1000);
  const is = seconds > 0 ? "behind" : seconds < 0 ? "ahead" : "even";
  for (const part of outs("lateness")) mark(part, "data-is", is);
  show("offset", late(offset ?? 0) + unsent);
}

/** What is left before the next hard time, or what must be saved to keep it. */
function room({ save = 0, left = null } = {}) {
  for (const part of outs("save")) {
    write(part, save > 0 ? minutes(save) : left === null ? "–" : minutes(left));
    write(part.parentElement.querySelector("dt"), save > 0 ? t("to_save") : t("buffer_left"));
    mark(part.parentElement, "data-tone", save > 0 ? "stop" : false);
  }
}

/** The chip in the bar: which day of the event it is; for a caller of one track, which one. */
function here() {
  if (screen() === "call") return callable().length > 1 ? "" : nameOf("tracks", calledTrack());
  return names("days").find(([date]) => date === operatingDay(now(), page.zone, page.dayChange))?.[1] ?? "";
}

/** A rain plan that is on stands at the head while it is its day; ways to them are there where there is one. */
function plans() {
  const today = operatingDay(now(), page.zone, page.dayChange);
  const found = (list ??= document.querySelector(".plans")).children;
  for (const plan of found) mark(plan, "hidden", plan.dataset.day !== today);
  mark(document.body, "data-plans", found.length > 0);
}

function refresh() {
  const standing = trackOf(screen() === "call" ? calledTrack() : track());
  show("clock", clock(now(), page.zone, operatingDay(now(), page.zone, page.dayChange), true));
  write(out("day"), here());
  write(out("title"), screen() === "call" ? t("call") : out("title").dataset.name);
  lateness(standing?.offset, screen() === "call" ? calledTrack() : track());
  room(standing ?? {});
  plans();
}

export function start() {
  for (const name of ["board", "track", "screen", "halt"]) hear(name, refresh);
}
