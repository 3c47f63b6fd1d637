// Which track to look at, where there is more than one: all of them, or for a caller those that they may call.

import { make, mark, out } from "./dom.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { callable, chooseTrack, lookedAt, tracks } from "./track.js";

const SCREENS = new Set(["now", "host", "call"]);
let shown = "";

function refresh() {
  const offered = screen() === "call" ? callable() : tracks();
  const box = out("lanes");
  box.hidden = !SCREENS.has(screen()) || offered.length < 2;
  mark(box.parentElement, "data-picks", !box.hidden);
  const current = lookedAt();
  const key = JSON.stringify([offered, current]);
  if (box.hidden || key === shown) return;
  shown = key;
  const options = offered.map(([id, name]) => make("option", { value: id, selected: id === current }, name));
  box.querySelector("select").replaceChildren(...options);
}

export function start() {
  document.addEventListener("change", ({ target }) => {
    if (target.name === "lane") chooseTrack(target.value);
  });
  for (const name of ["screen", "track", "me"]) hear(name, refresh);
  hear("board", ({ changed }) => changed && refresh());
}
