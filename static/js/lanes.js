// Which track to look at, where there is more than one: on Now all of them, for a caller those that they may call.

import { make, mark, out } from "./dom.js";
import { hear } from "./signal.js";
import { calledTrack, callable, chooseTrack, track, tracks } from "./track.js";

const shown = new Map();

/** Fill a box with these tracks if something is different: the tracks, or which is chosen. */
function fill(box, offered, current, line) {
  if (!box) return;
  box.hidden = offered.length < 2;
  const key = JSON.stringify([offered, current]);
  if (box.hidden || shown.get(box) === key) return;
  shown.set(box, key);
  (box.querySelector("select") ?? box).replaceChildren(...offered.map(([id, name]) => line(id, name, id === current)));
}

function chip(id, name, isCurrent) {
  const made = make("button", { class: "chip", type: "button", value: id }, name);
  mark(made, "aria-pressed", String(isCurrent));
  return made;
}

const option = (id, name, isCurrent) => make("option", { value: id, selected: isCurrent }, name);

function refresh() {
  fill(out("lanes"), tracks(), track(), chip);
  fill(out("called"), callable(), calledTrack(), option);
}

export function start() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest('[data-out="lanes"] > button');
    if (!button) return;
    chooseTrack(button.value);
    scrollTo({ top: 0, behavior: "instant" });
  });
  document.addEventListener("change", ({ target }) => {
    if (target.name === "called") chooseTrack(target.value);
  });
  for (const name of ["screen", "track", "me"]) hear(name, refresh);
  hear("board", ({ changed }) => changed && refresh());
}
