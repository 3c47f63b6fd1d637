// Beside the table: how long the rows of the day in sight took when they were rehearsed, and what the plan gives them.
// One length is taken over by a tap, all of a rehearsal by holding a button; both can be undone.

import { make, out } from "../dom.js";
import { nameOf } from "../names.js";
import { send } from "../op.js";
import { reason } from "../reasons.js";
import { adoptOne, rehearsedLength } from "../rehearsed.js";
import { ended } from "../rehearsal.js";
import { entry } from "../sheet.js";
import { hear, tell } from "../signal.js";
import { t } from "../words.js";
import { day, track } from "./filter.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";
import { remember, undo } from "./undo.js";

/** The last rehearsal of each line in sight. */
function inSight() {
  const lines = new Map();
  for (const each of ended()) if (each.day === day() && (!track() || each.track === track()) && !lines.has(each.track)) lines.set(each.track, each);
  return [...lines.values()];
}

function refresh() {
  const found = inSight().filter(({ lengths }) => [...lengths.keys()].some(entry));
  out("rehearsed-part").hidden = !found.length;
  out("rehearsed").replaceChildren(...found.flatMap(lineOf));
}

function lineOf({ id, track: on, lengths }) {
  const rows = [...lengths.keys()].filter(entry).map((row) => make("li", {}, make("b", {}, titleOf(row)), rehearsedLength(row)));
  const all = out("rehearsed-all").content.cloneNode(true).firstElementChild;
  all.dataset.adoptAll = id;
  return [make("li", {}, make("h3", {}, nameOf("tracks", on))), ...rows, make("li", {}, all)];
}

async function told(sent, title) {
  const result = await sent;
  if (result.status !== "applied") {
    say(`${title}: ${reason(result.error)}`, { alert: true });
    return;
  }
  remember(result, { title });
  say(title, { action: t("undo"), act: undo });
}

export function start() {
  out("rehearsed").addEventListener("click", ({ target }) => {
    const row = target.closest("[data-adopt]")?.dataset.adopt;
    if (!row) return;
    tell("back");
    const title = `${t("adopt")} · ${titleOf(row)}`;
    told(adoptOne(row, title, true), title);
  });
  document.addEventListener("held", ({ target }) => {
    const id = target.closest("[data-adopt-all]")?.dataset.adoptAll;
    if (!id) return;
    tell("back");
    told(send("rehearsal.adopt", { id }, { row: `rehearsal-${id}`, title: t("adopt_all"), shows: () => true }), t("adopt_all"));
  });
  hear("board", ({ changed }) => changed && refresh());
  hear("filtered", refresh);
  refresh();
}
