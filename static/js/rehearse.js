// A caller's part of a rehearsal, in the sheet behind the dock's last button: from which row it begins, and its end. Only
// with signal: calls that somebody takes for a rehearsal's must never reach the show because it was refused.

import { make, out } from "./dom.js";
import { nameOf } from "./names.js";
import { newId, send } from "./op.js";
import { running } from "./rehearsal.js";
import { entries, trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { calledTrack } from "./track.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

// It is loaded after the page has said how it stands with the server.
let isOff = out("link")?.dataset.is !== "on";
const sheet = () => document.getElementById("adjust");
const mine = () => running().find(({ track }) => track === calledTrack());

/** The items of the days that have not begun on my track. */
function items() {
  const here = entries().filter(({ row }) => row.track === calledTrack());
  const begun = new Set(here.filter(({ row }) => row.runs.length).map(({ row }) => row.day));
  const found = here.filter(({ row }) => (row.kind === "item" || row.kind === "buffer") && row.state !== "skipped" && !begun.has(row.day));
  return found.sort(({ row: one }, { row: other }) => one.day.localeCompare(other.day));
}

function offer() {
  const option = ({ row }) => make("option", { value: row.id }, `${nameOf("days", row.day)} · ${titleOf(row.id)}`);
  out("rehearse-from").replaceChildren(...items().map(option));
}

function refresh() {
  const part = document.querySelector("[data-rehearse]");
  const found = mine();
  const canBegin = !found && !trackOf(calledTrack())?.current && items().length > 0;
  part.hidden = !found && !canBegin;
  out("rehearse-begin").hidden = !canBegin;
  out("rehearse-end").hidden = !found;
  out("rehearse-off").hidden = !isOff;
  for (const button of part.querySelectorAll("[data-rehearsal-act]")) button.disabled = isOff;
}

const acts = {
  begin() {
    const [id, cue] = [newId(), out("rehearse-from").value];
    const found = entries().find((each) => each.id === cue);
    if (!found) return; // taken out while its name stood here
    const { track, day } = found.row;
    send("rehearsal.begin", { id, track, day, cue }, { row: `rehearsal-${id}`, title: t("rehearsal_begin") });
  },
  end() {
    const { id } = mine();
    send("rehearsal.end", { id }, { row: `rehearsal-${id}`, title: t("rehearsal_end") });
  },
};

function opened() {
  if (!sheet().open) return;
  offer();
  refresh();
}

export function start() {
  opened();
  new MutationObserver(opened).observe(sheet(), { attributes: true, attributeFilter: ["open"] });
  document.addEventListener("held", ({ target }) => {
    const act = target.closest("[data-rehearsal-act]")?.dataset.rehearsalAct;
    if (!act) return;
    sheet().close();
    acts[act]();
  });
  hear("link", ({ is }) => {
    isOff = is !== "on";
    refresh();
  });
  hear("board", ({ changed }) => changed && sheet().open && refresh());
}
