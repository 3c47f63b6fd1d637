// The track that Now, the strip and the caller's screen look at. Remembered on this phone.

import { mayCall, me } from "./me.js";
import { names } from "./names.js";
import { page } from "./page.js";
import { screen } from "./screens.js";
import { board } from "./sheet.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";
import { compare } from "./tree.js";

const key = `track:${page.event}`;

let known = null;

/** Tracks that have rows, in the sheet's order: [id, name]. */
export const tracks = () => (known ??= find());

function find() {
  const order = (id) => document.getElementById(`track-${id}`)?.dataset.order ?? "~";
  const shown = names("tracks").filter(([id]) => id in board().tracks);
  return shown.sort(([one], [other]) => compare(order(one), order(other)));
}

hear("board", ({ changed }) => {
  if (changed || !known?.length) known = null;
});

/** Those that I may call. */
export const callable = () => tracks().filter(([id]) => mayCall(id));

/** The chosen one; else one that I call, else the first. */
export function track() {
  const wanted = kept(key);
  const all = tracks().map(([id]) => id);
  if (all.includes(wanted)) return wanted;
  return all.find((id) => me() && mayCall(id)) ?? all[0] ?? "";
}

/** The chosen one if I may call it, else the first that I may. */
export function calledTrack() {
  const mine = callable().map(([id]) => id);
  return mine.includes(track()) ? track() : (mine[0] ?? "");
}

export function chooseTrack(id) {
  keep(key, id);
  tell("track", { id });
}

/** The track that this screen is about: on the caller's the one that I call. */
export const lookedAt = () => (screen() === "call" ? calledTrack() : track());
