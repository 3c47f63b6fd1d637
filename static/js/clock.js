// The server's time. Every phone counts by it, so that countdowns agree whatever a phone's own clock says.

import { tell } from "./signal.js";
import { keep, kept } from "./store.js";

const SAMPLES = 8;
// Between two ticks a clock that is left alone runs as far as the time that nobody can set.
const JUMP_MS = 1500;
const samples = [];
const ticking = [];
let offset = Number(kept("clock") ?? 0);
let timer = 0;
let last = [Date.now(), performance.now()];

export const now = () => Date.now() + offset;

/** Whether an offset is known, from this visit or an earlier one. */
export const isSet = () => samples.length > 0 || kept("clock") !== null;

/** Whether it was measured since the phone's clock can last have been set. */
export const isSure = () => samples.length > 0;

/** How far the phone's own clock is ahead of the server's, in ms. */
export const ahead = () => -offset;

/** How far it is wrong, in ms: a demo's server is not at the real time itself. */
export const error = () => Number(kept("shift") ?? 0) - offset;

export const setShift = (ms) => keep("shift", ms ? String(ms) : null);

/**
 * Take a measurement: the server said `server` (ms) between `sent` and `got` by our own clock.
 * The shortest of the last round trips tells best (RFC 5905, 10).
 */
export function sample(server, sent, got = Date.now()) {
  const wasSure = isSure();
  samples.push({ trip: got - sent, offset: Math.round(server - (sent + got) / 2) });
  if (samples.length > SAMPLES) samples.shift();
  const best = samples.reduce((one, other) => (other.trip < one.trip ? other : one)).offset;
  if (!wasSure) tell("clock");
  if (best === offset) return;
  const jumped = Math.abs(best - offset) > 100;
  offset = best;
  keep("clock", String(offset));
  tell("clock");
  if (jumped) tick();
}

/** Forget what was measured, as after sleep, when the phone's clock may have been set. */
export function forget() {
  samples.splice(0);
  tell("clock");
}

/** Somebody set the phone's clock, or it slept. Set back, we know by how much; else the server has to say. */
function watch() {
  const here = [Date.now(), performance.now()];
  const jump = here[0] - last[0] - (here[1] - last[1]);
  last = here;
  if (Math.abs(jump) < JUMP_MS) return;
  if (jump < 0) offset -= Math.round(jump);
  forget();
}

/** Call `fn(now)` at once and then at every full second of the server, while the page can be seen. */
export function onTick(fn) {
  ticking.push(fn);
  if (ticking.length === 1 && !document.hidden) tick();
  else fn(now());
}

/** The second has changed, or our idea of the time has. */
// lint: export, tests measure what a second costs
export function tick() {
  clearTimeout(timer);
  if (!ticking.length || document.hidden) return;
  watch();
  const moment = now();
  // A little late rather than a little early: 20 ms after the second it has surely begun.
  timer = setTimeout(tick, 1000 - (((moment % 1000) + 1000) % 1000) + 20);
  for (const fn of ticking) fn(moment);
}

document.addEventListener("visibilitychange", tick);
