// My rights have changed, or I am signed out: nothing stays on the screen or on the phone that I may no longer see.

import { hush } from "./signal.js";
import { wipe } from "./shelf.js";

const LONGEST_MS = 1000;

/** Wipe first, then ask the server anew. Until it answers, nobody is told anything: what they would paint is gone. */
export async function leave() {
  hush();
  document.body.replaceChildren();
  await Promise.race([wipe(), new Promise((done) => setTimeout(done, LONGEST_MS))]);
  location.reload();
}
