// What only some people need, and nobody in the first second: its modules come once the page stands. The service worker
// keeps them, so they come without signal too.

import { screen } from "./screens.js";
import { hear } from "./signal.js";

const LATER_MS = 1500;
// What on the page wants which module; server/core/shell.py keeps the same ones.
const MODULES = [
  ["[data-attach]", "./photos.js"],
  ['[data-out="detail-clash"]', "./needs_line.js"],
  ["#act-says", "./acts_say.js"],
  ["#contacts", "./contacts.js"],
  ["#log", "./log.js"],
  ["#adjust", "./call_halt.js"],
  ["#adjust", "./call_hand.js"],
  ["#keys", "./call_keys.js"],
  ["[data-silent]", "./silent_call.js"],
  ["#silent", "./silent_host.js"],
  ["[data-screens]", "./screens_open.js"],
  ['[data-out="roll"]', "./roll.js"],
  ["#cuts", "./cuts.js"],
  ["[data-delay]", "./delay.js"],
];
const here = new Set();

export function start() {
  setTimeout(begin, LATER_MS);
  hear("link", ({ is }) => is === "on" && setTimeout(begin, LATER_MS));
  hear("screen", turn);
  turn();
}

function turn() {
  const name = SCREENS[screen()];
  if (name && !here.has(name)) load(name);
}

function begin() {
  turn();
  for (const [wanted, name] of MODULES) if (!here.has(name) && document.querySelector(wanted)) load(name);
}

async function load(name) {
  here.add(name);
  try {
    const part = await import(name);
    await part.start();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // no line just now
    here.delete(name);
  }
}
