// 依時間執行: the clock calls a track. Everybody sees it said; whoever calls the track switches it on and off, and is told
// for a while when a hand has taken over.

import { mark, out, write } from "./dom.js";
import { clock } from "./format.js";
import { mayCall } from "./me.js";
import { nameOf } from "./names.js";
import { send, waiting } from "./op.js";
import { page } from "./page.js";
import { hear } from "./signal.js";
import { lookedAt, tracks } from "./track.js";
import { t } from "./words.js";

const TOLD_MS = 10_000;
const rolling = new Map();
// Since when a hand has a track that the clock called before.
const taken = new Map();
// They stand in the document from the start, and a search at each tick would go through every row.
let found = null;
const buttons = () => (found ??= [...document.querySelectorAll("[data-roll-to]")]);
const facts = (id) => document.getElementById(`track-${id}`)?.dataset ?? {};

function refresh() {
  const id = lookedAt();
  const { roll, rollsince } = facts(id);
  const isTold = !roll && mayCall(id) && performance.now() - (taken.get(id) ?? -TOLD_MS) < TOLD_MS;
  out("roll").hidden = !roll && !isTold;
  mark(out("roll"), "data-tone", isTold ? "standby" : "plain");
  const isUnsent = waiting().some(({ op }) => op.op === "track.roll" && op.args.track === id);
  for (const button of buttons()) {
    button.hidden = !mayCall(id) || (button.dataset.rollTo === "on") === Boolean(roll);
    button.disabled = isUnsent;
  }
  const unsent = isUnsent ? ` · ${t("pending")}` : "";
  if (isTold) write(out("roll-words"), t("roll_over", { track: nameOf("tracks", id) }) + unsent);
  if (roll) write(out("roll-words"), t("rolls", { who: nameOf("people", roll), at: clock(Number(rollsince), page.zone) }) + unsent);
}

function take() {
  for (const [id] of tracks()) {
    const { roll = "" } = facts(id);
    if (rolling.get(id) && !roll) taken.set(id, performance.now());
    if (roll) taken.delete(id);
    rolling.set(id, roll);
  }
  refresh();
}

function press({ target }) {
  const to = target.closest?.("[data-roll-to]")?.dataset.rollTo;
  if (!to) return;
  document.getElementById("adjust")?.close();
  const track = lookedAt();
  send("track.roll", { track, on: to === "on" }, { row: `track-${track}`, title: t(to === "on" ? "roll_on" : "roll_off") });
}

export function start() {
  document.addEventListener("click", press);
  hear("rows", ({ changed }) => changed.some((id) => id.startsWith("track-")) && take());
  for (const name of ["board", "outbox", "screen", "track", "me"]) hear(name, refresh);
  take();
}
