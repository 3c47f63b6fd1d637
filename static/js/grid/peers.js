// Who else has which row open, and which cell of it. Others say so again and again while they type; who falls silent is forgotten.

import { mark } from "../dom.js";
import { me } from "../me.js";
import { rowOf } from "../rows.js";
import { hear, tell } from "../signal.js";
import { indexOf } from "./cells.js";

const SILENT_MS = 30_000;
const peers = new Map();
let marked = [];

function heard({ who, name, id, field = "" }) {
  if (who === me()?.id) return;
  clearTimeout(peers.get(who)?.timer);
  if (id) peers.set(who, { id, name, field, timer: setTimeout(forget, SILENT_MS, who) });
  else peers.delete(who);
  show();
}

function forget(who) {
  peers.delete(who);
  show();
}

function show() {
  for (const cell of marked) for (const name of ["data-peer", "data-theirs"]) mark(cell, name, false);
  const names = new Map();
  for (const { id, name } of peers.values()) names.set(id, [...(names.get(id) ?? []), name]);
  marked = [];
  for (const [id, all] of names) {
    const cell = rowOf(`cue-${id}`)?.querySelector("th.title");
    if (!cell) continue;
    mark(cell, "data-peer", all.join("、"));
    marked.push(cell);
  }
  for (const { id, field } of peers.values()) {
    const cell = rowOf(`cue-${id}`)?.cells[indexOf(field)];
    if (!cell) continue;
    mark(cell, "data-theirs", true);
    marked.push(cell);
  }
  tell("peers");
}

/** Who else is in one of these rows at this moment. */
export const peersOn = (ids) => [...peers.values()].filter(({ id }) => ids.includes(id)).map(({ name }) => name);

export function start() {
  hear("editing", heard);
  hear("rows", show);
}
