// How people, places, departments, columns and days are called, as the page lists them.

import { hear } from "./signal.js";

let lists = {};

function read(root = document) {
  const said = root.getElementById("names");
  lists = said ? JSON.parse(said.textContent) : {};
}

/** Pairs of [id, name] in the order in which they are shown: people, places, departments, columns, days. */
export const names = (kind) => lists[kind] ?? [];

export function nameOf(kind, id) {
  return names(kind).find((pair) => pair[0] === id)?.[1] ?? id ?? "";
}

read();
hear("swap", ({ fresh }) => read(fresh));
