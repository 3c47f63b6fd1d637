// My rights have changed, or I am signed out: nothing stays on the screen that I may no longer see.

import { forget } from "./me.js";
import { hush } from "./signal.js";

/** Wipe first, then ask the server anew. Until it answers, nobody is told anything: what they would paint is gone. */
export function leave() {
  forget();
  hush();
  document.body.replaceChildren();
  location.reload();
}
