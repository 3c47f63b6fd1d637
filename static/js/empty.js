// Where there is nothing to show, what one can do about it.

import { hear } from "./signal.js";
import { ico, make, mark } from "./dom.js";
import { may } from "./me.js";
import { page } from "./page.js";
import { screen } from "./screens.js";
import { entries, trackOf } from "./sheet.js";
import { calledTrack, track } from "./track.js";
import { t } from "./words.js";

const rowsShown = () => document.querySelector('[data-list="cue"] > .cue:not([data-off], [data-kind="segment"])');
const mineShown = () => document.querySelector('[data-list="cue"] > [data-mine]:not([data-off])');
const idle = (id) => !trackOf(id)?.current && !trackOf(id)?.next;

/** The word for what is missing on this screen; null if nothing is. */
function missing() {
  if (screen() === "more") return null;
  if (screen() === "host") return entries().length ? null : "empty_sheet"; // what else is missing there it says itself
  if (!entries().length) return "empty_sheet";
  if (screen() === "now") return idle(track()) ? "empty_now" : null;
  if (screen() === "call") return idle(calledTrack()) ? "empty_now" : null;
  if (screen() === "mine") return mineShown() ? null : "empty_mine";
  return rowsShown() ? null : "empty_filter";
}

function refresh() {
  const word = missing();
  const box = document.getElementById("empty");
  if (box.hidden === Boolean(word)) box.hidden = !word;
  if (!word || box.dataset.word === word) return;
  box.dataset.word = word;
  const how = word === "empty_sheet" && may("edit_sheet") ? make("a", { class: "btn", "data-kind": "main", href: `/e/${page.event}/import` }, t("import")) : null;
  box.replaceChildren(ico("list-ordered"), make("b", {}, t(word)), make("span", {}, t(`${word}_how`)), ...(how ? [how] : []));
  mark(box, "role", "status");
}

export function start() {
  for (const name of ["board", "screen", "filtered", "track", "mine"]) hear(name, refresh);
}
