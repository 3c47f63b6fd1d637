// Who else has a row open. They say so again and again while they type; who falls silent is forgotten.

import { mark } from "./dom.js";
import { me } from "./me.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

const SILENT_MS = 30_000;
const peers = new Map();

function show(id) {
  const row = rowOf(`cue-${id}`);
  const here = [...peers.values()].filter((peer) => peer.id === id).map(({ name }) => name);
  if (row) mark(row, "data-peer", here.length ? here.join("、") : false);
}

function forget(who) {
  const peer = peers.get(who);
  clearTimeout(peer?.timer);
  peers.delete(who);
  if (peer) show(peer.id);
}

function heard({ who, name, id }) {
  if (who === me()?.id) return;
  forget(who);
  if (!id) return;
  peers.set(who, { id, name, timer: setTimeout(forget, SILENT_MS, who) });
  show(id);
}

export const start = () => hear("editing", heard);
