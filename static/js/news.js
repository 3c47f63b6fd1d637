// A row whose plan has changed is marked until its person has had it before their eyes; one that touches me buzzes.

import { attract } from "./attention.js";
import { mark } from "./dom.js";
import { isMine } from "./mine.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";

const LOOK_MS = 5000;
const PLAN = ["start", "mode", "offset", "dur", "end", "day", "track", "place", "people", "depts", "parent", "hard"];
const TEXTS = ".cue-title, .cue-cells, .cue-facts, .cue-note, .cue-line";

/** What a row says of the plan: that it runs or is done is no news of this kind. */
function planOf(row) {
  const texts = [...row.querySelectorAll(TEXTS)].map((part) => part.textContent);
  return JSON.stringify([PLAN.map((name) => row.dataset[name]), texts]);
}

const timers = new Map();
const watcher = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    clearTimeout(timers.get(target));
    if (isIntersecting) timers.set(target, setTimeout(() => forget(target), LOOK_MS));
  }
});

function forget(row) {
  if (document.hidden) {
    timers.set(row, setTimeout(() => forget(row), LOOK_MS));
    return;
  }
  watcher.unobserve(row);
  timers.delete(row);
  mark(row, "data-changed", false);
}

/** Mark a row until it is seen; `isOurs`: it calls for its person as well. */
export function announce(row, isOurs = isMine(row)) {
  mark(row, "data-changed", true);
  watcher.unobserve(row);
  watcher.observe(row);
  if (isOurs) attract("news");
}

export function start() {
  hear("rows", ({ changed, was }) => {
    for (const id of changed.filter((each) => each.startsWith("cue-"))) {
      const [row, old] = [rowOf(id), was.get(id)];
      if (row.hasAttribute("data-pending") || (old && planOf(old) === planOf(row))) continue;
      announce(row);
    }
  });
}
