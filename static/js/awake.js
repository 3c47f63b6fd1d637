// The screen stays on while Now, Call or the host's screen is looked at: nobody unlocks a phone with gloves. Can be turned off in More.

import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { keep, kept } from "./store.js";

const WATCHED = new Set(["now", "call", "host", "timer"]);
let lock = null;
let asking = false;

export const canStay = () => "wakeLock" in navigator;

export const staysAwake = () => kept("awake") !== "off";

export function stayAwake(on) {
  keep("awake", on ? null : "off");
  look();
}

const isWanted = () => canStay() && staysAwake() && !document.hidden && WATCHED.has(screen());

async function look() {
  if (asking) return;
  asking = true;
  try {
    if (isWanted() && (!lock || lock.released)) lock = await navigator.wakeLock.request("screen");
    else if (!isWanted() && lock) {
      await lock.release();
      lock = null;
    }
  } catch (error) {
    // The battery is low, or the page went out of sight meanwhile: the phone decides, and the page goes on.
    if (error.name !== "NotAllowedError") throw error;
  } finally {
    asking = false;
  }
}

export function start() {
  hear("screen", look);
  document.addEventListener("visibilitychange", look);
  look();
}
