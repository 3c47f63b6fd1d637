// How people, places, departments, columns and days are called, as the page lists them.

import { hear } from "./signal.js";

let lists = {};

function read(root = document) {
  const said = root.getElementById("names");
  lists = said ? JSON.parse(said.textContent) : {};
}

/** Pairs of [id, name] in the order in which they are shown: people, places, departments, columns, facts of rows, days. */
export const names = (kind) => lists[kind] ?? [];

export function nameOf(kind, id) {
  const listed = kind === "people" ? [...names("people"), ...names("machines")] : names(kind);
  return listed.find((pair) => pair[0] === id)?.[1] ?? id ?? "";
}

/** Tracks and people are rows too: those that came after the document, or are called something else by now. */
const ROWS = { track: "tracks", contact: "people" };

function learn(id) {
  const named = ROWS[id.slice(0, id.indexOf("-"))];
  const row = named && document.getElementById(id);
  // A desk calls, and is nobody whom one could choose.
  const kind = row?.hasAttribute("data-desk") ? "machines" : named;
  if (!row || row.hasAttribute("data-screen")) return;
  const name = row.textContent.trim();
  const known = names(kind).find((each) => each[0] === row.dataset.id);
  if (known) known[1] = name;
  else (lists[kind] ??= []).push([row.dataset.id, name]);
}

read();
hear("swap", ({ fresh }) => read(fresh));
hear("rows", ({ changed }) => changed.forEach(learn));
