// The server's time. Every phone counts by it, so that countdowns agree whatever a phone's own clock says.

import { keep, kept } from "./store.js";

const SAMPLES = 8;
const samples = [];
const ticking = [];
let offset = Number(kept("clock") ?? 0);
let timer = 0;

export const now = () => Date.now() + offset;

/** Whether an offset is known, from this visit or an earlier one. */
export const isSet = () => samples.length > 0 || kept("clock") !== null;

/**
 * Take a measurement: the server said `server` (ms) between `sent` and `got` by our own clock.
 * The shortest of the last round trips tells best (RFC 5905, 10).
 */
export function sample(server, sent, got = Date.now()) {
  samples.push({ trip: got - sent, offset: Math.round(server - (sent + got) / 2) });
  if (samples.length > SAMPLES) samples.shift();
  const best = samples.reduce((one, other) => (other.trip < one.trip ? other : one)).offset;
  if (best === offset) return;
  const jumped = Math.abs(best - offset) > 100;
  offset = best;
  keep("clock", String(offset));
  if (jumped) tick();
}

/** Forget what was measured, as after sleep, when the phone's clock may have been set. */
export const forget = () => samples.splice(0);

/** Call `fn(now)` at once and then at every full second of the server, while the page can be seen. */
export function onTick(fn) {
  ticking.push(fn);
  if (ticking.length === 1) tick();
  else fn(now());
}

/** The second has changed, or our idea of the time has. */
export function tick() {
  clearTimeout(timer);
  if (!ticking.length || document.hidden) return;
  const moment = now();
  // A little late rather than a little early: 20 ms after the second it has surely begun.
  timer = setTimeout(tick, 1000 - (((moment % 1000) + 1000) % 1000) + 20);
  for (const fn of ticking) fn(moment);
}

document.addEventListener("visibilitychange", tick);
