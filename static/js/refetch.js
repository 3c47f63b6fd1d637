// Fetch the document again: to take its lists over in one step, or only to keep it for the next start.

import { isOurs } from "./drain.js";
import { leave } from "./leave.js";
import { page } from "./page.js";
import { swap } from "./rows.js";
import { isKept, keepPage } from "./shelf.js";
import { tell } from "./signal.js";
import { begins, restart } from "./tail.js";
import { opener, who } from "./who.js";

// Whoever signs in on this phone meanwhile gets no page of whoever opened this one.
const me = opener();

/** Tab, scroll, focus and what is typed stay. Whether it worked. `force`: the log began anew, versions don't compare. */
export async function refetch(force = false) {
  const { fresh } = await fetched();
  if (!fresh) return false;
  const { epoch, head, build, directory } = fresh.body.dataset;
  tell("swap", { fresh });
  swap(fresh, force);
  Object.assign(document.body.dataset, { epoch, head, directory });
  await restart(page.head, { whole: true });
  if (build !== page.build) tell("newer", { build });
  return true;
}

/** Keep a newer page, and the rows that came since: {fresh, isKept}; fresh is null if none was to be had. */
export async function renewKept() {
  const { fresh, isKept: isNew } = await fetched();
  const isSame = fresh && ["epoch", "build", "lens"].every((name) => fresh.body.dataset[name] === page[name]);
  if (isSame && isNew) await restart(Number(fresh.body.dataset.head));
  return { fresh, isKept: isNew };
}

/** The document as it is now, kept on the way if it can be; null if there is none to be had. */
async function fetched() {
  const none = { fresh: null, isKept: false };
  const answer = await ask();
  if (!answer || !isOurs(answer)) return none;
  if (answer.redirected || [401, 403, 404].includes(answer.status)) {
    leave();
    return none;
  }
  if (!answer.ok) return none;
  const [copy, fresh] = [answer.clone(), new DOMParser().parseFromString(await answer.text(), "text/html")];
  // A page of a newer build is kept by that build's worker, once its shell is there.
  const isMine = who() === me && isKept(location.pathname) && answer.headers.get("Fieldcue-Build") === page.build;
  const isNew = isMine && (await reaches(fresh)) && (await keepPage(location.pathname, copy));
  return { fresh, isKept: isNew };
}

/** Not older than what is kept. The heads of another log don't compare. */
const reaches = async ({ body: { dataset } }) => dataset.epoch !== page.epoch || (await begins()) <= Number(dataset.head);

async function ask() {
  try {
    return await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    tell("silent", { error });
    return null;
  }
}
