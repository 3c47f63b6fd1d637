// Who I am. It comes on my own chain, as the row of kind "me", since the page is the same for many.

import { page } from "./page.js";
import { hear, tell } from "./signal.js";

const KEY = `fieldcue:me:${page.event}`;
let mine = null;

/** {id, name, dept, tracks, may, account}, or null until it is known. */
export const me = () => mine;

export const may = (permission) => mine?.may.has(permission) ?? false;

export const mayCall = (track) => may("call_show") && (mine.tracks.has(track) || mine.tracks.has("*"));

function take(facts) {
  mine = { ...facts, tracks: words(facts.tracks), may: words(facts.may) };
  tell("me", mine);
}

const words = (text) => new Set((text ?? "").split(" ").filter(Boolean));

function read(row) {
  const { id, dept, tracks, may: rights, account } = row.dataset;
  const facts = { id, name: row.textContent.trim(), dept, tracks, may: rights, account: account !== undefined };
  sessionStorage.setItem(KEY, JSON.stringify(facts));
  take(facts);
}

/** Begin with what this tab knew, so that nothing flickers on a reload; the socket soon says it anew. */
export function start() {
  hear("rows", ({ changed }) => {
    const id = changed.find((each) => each.startsWith("me-"));
    if (id) read(document.getElementById(id));
  });
  const known = sessionStorage.getItem(KEY);
  if (known) take(JSON.parse(known));
}

/** Forget, as when my rights have changed. */
export const forget = () => sessionStorage.removeItem(KEY);
