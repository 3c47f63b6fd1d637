// The host's screen: what runs and how long yet, and the next three rows that are the host's.

import { now } from "./clock.js";
import { out } from "./dom.js";
import { operatingDay } from "./format.js";
import { me } from "./me.js";
import { names } from "./names.js";
import { page } from "./page.js";
import { remaining, showParts, until } from "./parts.js";
import { screen } from "./screens.js";
import { entries, entry, timesOf, trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { setSlots } from "./slots.js";
import { track } from "./track.js";

const LINES = 3;
const OVER = new Set(["done", "skipped"]);
const WAITING = new Set(["planned", "warm", "standby"]);

/** Whether a row is for the host: it names them, or has text for them and names no other. */
function isFor(el, hosts) {
  const named = (el.dataset.people ?? "").split(" ").filter((id) => hosts.has(id));
  if (named.length) return !isHost() || named.includes(me().id);
  return el.querySelector("[data-script]") !== null;
}

const isHost = () => me()?.roles.has("host") ?? false;

/** On a track, the ids of the next rows that are the host's, in the order of their times; none of a day that is over. */
function lines(wanted) {
  const hosts = new Set(names("people").filter(([, , , , hosts]) => hosts).map(([id]) => id));
  const today = operatingDay(now(), page.zone, page.dayChange);
  let last = -Infinity;
  return entries()
    .filter(({ el, row }) => row.track === wanted && row.kind !== "segment" && isToCome(row, today) && isFor(el, hosts))
    .map(({ row }) => ({ id: row.id, at: (last = timesOf(row.id)?.projected_start ?? last) }))
    .sort((one, other) => one.at - other.at)
    .slice(0, LINES)
    .map(({ id }) => id);
}

function isToCome(row, today) {
  if (!WAITING.has(row.state) || (row.day && row.day < today)) return false;
  return row.kind !== "cue" || !OVER.has(entry(row.parent)?.row.state);
}

function refresh() {
  if (screen() !== "host") return;
  const current = trackOf(track())?.current ?? null;
  const next = lines(track());
  const slots = new Map(next.map((id, place) => [id, place ? "later" : "next"]));
  if (current) slots.set(current, "now");
  setSlots(slots);
  out("host-none").hidden = next.length > 0;
  showParts(new Map(current ? [[current, remaining(entry(current))]] : next.slice(0, 1).map((id) => [id, { is: "next", ms: until(id) }])));
}

export function start() {
  for (const name of ["board", "screen", "track", "me"]) hear(name, refresh);
  refresh();
}
