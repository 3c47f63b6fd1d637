// My rights have changed, or I am signed out: nothing stays on the screen that I may no longer see.

import { forget } from "./me.js";

/** Wipe first, then ask the server anew. */
export function leave() {
  forget();
  document.body.replaceChildren();
  location.reload();
}
