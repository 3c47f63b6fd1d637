// The screen Now: what runs on my track, what comes next, my turn, and what runs elsewhere.

import { mark } from "./dom.js";
import { me } from "./me.js";
import { hear } from "./signal.js";
import { remaining, showParts, until } from "./parts.js";
import { screen } from "./screens.js";
import { entries, trackOf } from "./sheet.js";
import { setSlots } from "./slots.js";
import { track, tracks } from "./track.js";
import { isSoon, myTurn, showTurn } from "./turn.js";

// Nobody will say who I am: until then a first visit leaves room for my turn.
let isAlone = false;
const RUNNING = new Set(["live", "paused"]);

function slotsNow(standing, turn) {
  const slots = new Map();
  for (const [id] of tracks()) if (trackOf(id).current) slots.set(trackOf(id).current, "also");
  if (turn) slots.set(turn, isSoon(turn) ? "turn" : "mine");
  if (standing?.current && standing.next && standing.next !== turn) slots.set(standing.next, "next");
  const first = standing?.current ?? standing?.next;
  if (first) slots.set(first, "now");
  return slots;
}

/** Countdowns of everything that runs; with nothing running, to what comes. */
function parts(standing) {
  const wanted = new Map();
  for (const found of entries()) {
    if (RUNNING.has(found.row.state) && found.row.kind !== "segment") wanted.set(found.row.id, remaining(found));
  }
  const next = standing?.next;
  if (!standing?.current && next) wanted.set(next, { is: "next", ms: until(next) });
  return wanted;
}

function refresh() {
  if (screen() === "call" || screen() === "host") return;
  const standing = trackOf(track());
  const turn = myTurn();
  mark(document.querySelector('[data-list="cue"]'), "data-early", !me() && !isAlone);
  setSlots(screen() === "now" ? slotsNow(standing, turn) : new Map());
  showParts(parts(standing));
  showTurn(turn);
}

export function start() {
  hear("link", ({ is }) => {
    isAlone = is === "off";
    if (isAlone && !me()) refresh();
  });
  for (const name of ["board", "screen", "track", "mine"]) hear(name, refresh);
  // What somebody says of a row changes whose turn it is, and is no change of the sheet.
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => id.startsWith("mark-")) && refresh());
}
