// Who I am. It comes on my own chain, as the row of kind "me", since the page is the same for many.

import { hear, tell } from "./signal.js";

let mine = null;

/** {id, name, dept, roles, tracks, may, account, joined}, or null until it is known. */
export const me = () => mine;

export const may = (permission) => mine?.may.has(permission) ?? false;

export const mayCall = (track) => may("call_show") && (mine.tracks.has(track) || mine.tracks.has("*"));

function take(facts) {
  mine = { ...facts, roles: words(facts.roles), tracks: words(facts.tracks), may: words(facts.may) };
  tell("me", mine);
}

const words = (text) => new Set((text ?? "").split(" ").filter(Boolean));

function read(row) {
  const { id, dept, roles, tracks, may: rights, account, joined } = row.dataset;
  take({ id, name: row.textContent.trim(), dept, roles, tracks, may: rights, account: account !== undefined, joined });
}

/** Begin with what was kept, so that nothing flickers; the socket soon says it anew. */
export function start() {
  hear("rows", ({ changed }) => {
    const id = changed.find((each) => each.startsWith("me-"));
    if (id) read(document.getElementById(id));
  });
  const known = document.querySelector('[data-list="me"] > [id]');
  if (known) read(known);
}
