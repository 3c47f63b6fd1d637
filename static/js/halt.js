// Whether a track is stopped (停演), since when and by whom: as its row says, and as my own ops on their way will have it.
// Every phone shows it on what runs there: word, shape and colour.

import { mark } from "./dom.js";
import { me } from "./me.js";
import { waiting } from "./op.js";
import { rowOf, rowsOf } from "./rows.js";
import { entries } from "./sheet.js";
import { hear, tell } from "./signal.js";

let shown = "";

/** {at, by} with `at` in ms; null while the track goes on. */
export function haltOf(track) {
  const { held, heldby } = rowOf(`track-${track}`)?.dataset ?? {};
  let found = held ? { at: Number(held), by: heldby } : null;
  for (const { op } of waiting()) {
    if (!op.args.tracks?.includes(track)) continue;
    if (op.op === "track.hold") found ??= { at: Date.parse(op.at), by: me()?.id };
    if (op.op === "track.release") found = null;
  }
  return found;
}

/** Whether my stopping a track, or letting it go on, is still on its way. */
export const isHaltSent = (track) => !waiting().some(({ op }) => (op.op === "track.hold" || op.op === "track.release") && op.args.tracks.includes(track));

/** The row of what stands still says 停演, where one that is paused by itself says 暫停. */
function refresh() {
  const halted = new Set(rowsOf("track").map(({ dataset }) => dataset.id).filter(haltOf));
  const now = [...halted].join();
  if (!now && !shown) return;
  for (const { el, row } of entries()) mark(el, "data-halted", row.state === "paused" && halted.has(row.track));
  if (now !== shown) tell("halt");
  shown = now;
}

const isOne = (id) => id.startsWith("track-") || id.startsWith("cue-");

export function start() {
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some(isOne) && refresh());
  hear("outbox", refresh);
  refresh();
}
