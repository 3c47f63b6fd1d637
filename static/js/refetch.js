// Fetch the document again and take its lists over in one step. Tab, scroll, focus and what is typed stay.

import { leave } from "./leave.js";
import { page } from "./page.js";
import { swap } from "./rows.js";
import { tell } from "./signal.js";

/** Whether it worked. `force`: the event's log began anew, so versions don't compare. */
export async function refetch(force = false) {
  const answer = await ask();
  if (!answer) return false;
  if (answer.redirected || [401, 403, 404].includes(answer.status)) {
    leave();
    return false;
  }
  if (!answer.ok) return false;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const { epoch, head, build } = fresh.body.dataset;
  tell("swap", { fresh });
  swap(fresh, force);
  Object.assign(document.body.dataset, { epoch, head });
  if (build !== page.build) tell("newer", { build });
  return true;
}

async function ask() {
  try {
    return await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    tell("silent", { error });
    return null;
  }
}
