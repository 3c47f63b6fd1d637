// What was refused just now stands over the page until somebody has decided. It never covers whether the line is there,
// the time, or a countdown; and on More, where the tray says the same, nothing stands over it.

import { attract } from "./attention.js";
import { make, mark, write } from "./dom.js";
import { refusals } from "./op.js";
import { page } from "./page.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { opLine } from "./tray.js";
import { t } from "./words.js";

const REFUSED = new Set(["rejected", "conflict"]);
const MOST = 3;
// Where somebody watches a countdown, one stands there at a time, in what room there is.
const WATCHED = new Set(["now", "call", "host"]);
// Less than this (px) holds no reason and no buttons: one line says it then, and leads to the tray.
const LITTLE = 140;
const GAP = 16;
// The next one comes when the thumb that decided the last is off the glass.
const THUMB_MS = 600;

const lines = new Map();
const more = make("a", { class: "op-more", href: "#more" });
const hasTray = () => document.getElementById("tray") !== null;
const box = () => document.getElementById("toasts");

function most() {
  if (!hasTray()) return Infinity;
  if (screen() === "more") return 0;
  return WATCHED.has(screen()) ? 1 : MOST;
}

/** Something was refused just now. */
function raise(entry) {
  if (lines.has(entry.op.id)) return;
  attract("wrong");
  lines.set(entry.op.id, make("div", { class: "op", "data-state": "refused", role: "alert" }, ...opLine(entry).childNodes));
  stand();
}

/** Those that have room stand, the oldest first, so that none comes under a thumb in place of another. */
function stand() {
  const standing = [...lines.values()].slice(0, most());
  for (const line of lines.values()) if (!standing.includes(line)) line.remove();
  for (const line of standing) if (!line.isConnected) box().append(line);
  fit(standing);
}

/** Into the room between what must stay in sight and the foot; the last one says how many more there are. */
function fit(standing = [...lines.values()].slice(0, most())) {
  if (!hasTray()) return;
  if (!standing.length) {
    more.remove();
    return;
  }
  const room = document.querySelector(".foot").getBoundingClientRect().top - lowest() - GAP;
  const size = room < LITTLE ? "line" : "one";
  box().style.setProperty("--room", `${Math.round(room)}px`);
  mark(box(), "data-room", WATCHED.has(screen()) ? size : false);
  const [all, here] = [refusals().length, standing.length];
  write(more, box().dataset.room === "line" ? t("decide_refused", { n: all }) : t("more_refused", { n: all - here }));
  more.hidden = all <= here && box().dataset.room !== "line";
  if (more.parentElement !== standing.at(-1)) standing.at(-1).append(more);
}

/** Where what must stay in sight ends, in px from the top of the page as it stands before anybody scrolls. */
function lowest() {
  const seen = [...document.querySelectorAll('.strip, [data-slot="now"] > .cue-left')].filter((part) => part.getClientRects().length);
  return Math.max(document.querySelector(".top").offsetHeight, ...seen.map((part) => part.getBoundingClientRect().bottom + scrollY));
}

/** What was decided, here or elsewhere, needs no line any more. */
function tidy() {
  const left = new Set(refusals().map(({ op }) => op.id));
  let wasSeen = false;
  for (const [id, line] of lines) {
    if (left.has(id)) continue;
    wasSeen ||= line.isConnected;
    line.remove();
    lines.delete(id);
  }
  if (wasSeen) setTimeout(stand, THUMB_MS);
  else fit();
}

export function start() {
  hear("answered", ({ entry, result, isShown }) => {
    if (!isShown && entry.event === page.event && REFUSED.has(result.status)) raise(entry);
  });
  hear("outbox", () => {
    tidy();
    // On a page without a tray, what was refused earlier stands there, too.
    if (!hasTray()) refusals().forEach(raise);
  });
  hear("screen", stand);
  hear("board", () => fit());
  addEventListener("resize", () => fit());
}
