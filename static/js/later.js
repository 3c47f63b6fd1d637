// What only some people need, and nobody in the first second: its modules come once the page stands. The service worker
// keeps them, so they come without signal too.

import { may, me } from "./me.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const LATER_MS = 1500;
// A screen that only some people turn to needs its module at once.
const SCREENS = { host: "./host.js" };
const PLANS = "./variants.js";
// What on the page wants which module, what is needed first before the rest; server/core/shell.py reads from here what it keeps.
const MODULES = [
  ['[data-out="told"]', "./told.js"],
  ['.tools [name="find"]', "./find.js"],
  ["#adjust", "./call_halt.js"],
  ["#adjust", "./call_hand.js"],
  ["#silent", "./silent_host.js"],
  ["#edit", "./edit.js"],
  ["[data-attach]", "./photos.js"],
  ['[data-out="detail-clash"]', "./needs_line.js"],
  ["#act-says", "./acts_say.js"],
  ["#contacts", "./contacts.js"],
  ["#log", "./log.js"],
  ["#keys", "./call_keys.js"],
  ["#seen", "./seen.js"],
  ["#publish", "./publish_here.js"],
  ["[data-silent]", "./silent_call.js"],
  ['[data-out="roll"]', "./roll.js"],
  ["#cuts", "./cuts.js"],
  ["[data-delay]", "./delay.js"],
  ["[data-rehearse]", "./rehearse.js"],
  ["#f-own-note", "./own_note.js"],
  ["#trash", "./trash.js"],
  ['[data-out="comments"]', "./comments.js"],
];
// What wants its module as soon as it is tapped.
const TAPS = [
  ["[data-variants-open], .plans > .plan", PLANS],
  ["[data-edit-act]", "./edit.js"],
  ["[data-publish]", "./publish_here.js"],
  ["[data-seen-open]", "./seen.js"],
  ["[data-log-open]", "./log.js"],
  ["button[data-trash]", "./trash.js"],
  ["[data-screens]", "./screens_open.js"],
];
const coming = new Map();
// A second tap while the module comes is meant as the first.
const tapped = new Set();
const there = new Set();

export function start() {
  setTimeout(begin, LATER_MS);
  for (const name of ["link", "me"]) hear(name, ({ is = "on" }) => is === "on" && setTimeout(begin, LATER_MS));
  hear("rows", ({ changed }) => changed.some((id) => id.startsWith("variant-")) && begin());
  hear("screen", turn);
  document.addEventListener("click", bring);
  turn();
}

function turn() {
  const name = SCREENS[screen()];
  if (name) load(name);
}

/** One after the other, so that on a slow line the first ones don't wait for all. */
async function begin() {
  turn();
  for (const [wanted, name] of MODULES) if (has(wanted)) await load(name);
  if (decides()) load(PLANS);
}

const has = (wanted) => Boolean(document.querySelector(wanted));

/** Who decides on a rain plan; anybody else needs the module once they look at one. */
const decides = () => has(".plan") && (may("call_show") || may("edit_sheet") || has(`.plan[data-decider="${CSS.escape(me()?.id ?? "")}"]`));

/** The first tap brings the module, which then hears it. */
async function bring({ target }) {
  for (const [wanted, name] of TAPS) {
    const way = target.closest(wanted);
    if (!way || there.has(name) || tapped.has(name)) continue;
    tapped.add(name);
    await load(name);
    tapped.delete(name);
    if (there.has(name)) way.click();
    else toast(t("opens_with_signal"));
  }
}

function load(name) {
  if (!coming.has(name)) coming.set(name, fetched(name));
  return coming.get(name);
}

async function fetched(name) {
  try {
    const part = await import(name);
    there.add(name);
    // What it waits for keeps the others from nothing.
    Promise.resolve(part.start()).catch((error) => missed(name, error));
  } catch (error) {
    missed(name, error);
  }
}

function missed(name, error) {
  if (!(error instanceof TypeError)) throw error; // no line just now
  there.delete(name);
  coming.delete(name);
}
