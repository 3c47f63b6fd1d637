// Fetch the document again: to take its lists over in one step, or only to keep it for the next start.

import { leave } from "./leave.js";
import { page } from "./page.js";
import { swap } from "./rows.js";
import { isKept, keepPage } from "./shelf.js";
import { tell } from "./signal.js";
import { restart } from "./tail.js";

/** Tab, scroll, focus and what is typed stay. Whether it worked. `force`: the log began anew, versions don't compare. */
export async function refetch(force = false) {
  const fresh = await fetched();
  if (!fresh) return false;
  const { epoch, head, build, directory } = fresh.body.dataset;
  tell("swap", { fresh });
  swap(fresh, force);
  Object.assign(document.body.dataset, { epoch, head, directory });
  await restart(page.head, { whole: true });
  if (build !== page.build) tell("newer", { build });
  return true;
}

/** Keep a newer page, and the rows that came since. Gives the page; null if none was to be had. */
export async function renewKept() {
  const fresh = await fetched();
  const isSame = fresh && ["epoch", "build", "lens"].every((name) => fresh.body.dataset[name] === page[name]);
  if (isSame) await restart(Number(fresh.body.dataset.head));
  return fresh;
}

/** The document as it is now, kept on the way; null if there is none to be had. */
async function fetched() {
  const answer = await ask();
  if (!answer) return null;
  if (answer.redirected || [401, 403, 404].includes(answer.status)) {
    leave();
    return null;
  }
  if (!answer.ok) return null;
  if (isKept(location.pathname)) await keepPage(location.pathname, answer.clone());
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function ask() {
  try {
    return await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    tell("silent", { error });
    return null;
  }
}
