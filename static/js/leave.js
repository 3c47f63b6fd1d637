// My rights have changed, or I am signed out: nothing stays on the screen or on the phone that I may no longer see.

import { hush } from "./signal.js";
import { wipe } from "./shelf.js";
import { keep } from "./store.js";

const LONGEST_MS = 1000;

/**
 * Wipe first, then ask the server anew. Until it answers, nobody is told anything: what they would paint is gone. If it
 * can't be wiped, guard.js paints it no more.
 */
export async function leave() {
  hush();
  document.body.replaceChildren();
  keep("leaving", "yes");
  const isDone = await Promise.race([wipe(), new Promise((done) => setTimeout(done, LONGEST_MS))]);
  if (isDone) keep("leaving", null);
  // A screen that nobody stands behind says why it went dark.
  if (document.body.dataset.gone) location.replace(document.body.dataset.gone);
  else location.reload();
}

/** At once; never where guard.js takes this page away: what it held of somebody else must not ask the server as them. */
export const mayOpen = () => (document.documentElement.hidden ? new Promise(() => {}) : null);
