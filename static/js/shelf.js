// Pages that this browser keeps to open them without signal, in the Cache API, shared with the service worker.

import { asked, ifKept, transact } from "./idb.js";

const PAGES = "pages";
const PICTURES = "pictures";

/** Pages that are kept and opened from there: an event on the phone, and its table. */
export const isKept = (path) => /^\/e\/[\w-]+(\/grid)?$/.test(path);

/** The kept answer for an address; nothing if there is none, or the browser keeps none. */
export async function kept(address) {
  return globalThis.caches ? trying(async () => (await caches.open(PAGES)).match(address, { ignoreSearch: true, ignoreVary: true })) : undefined;
}

/** Keep an answer in place of the one before; says whether it really is kept. */
export async function keepPage(address, answer) {
  if (!globalThis.caches) return false;
  const keep = async () => {
    await (await caches.open(PAGES)).put(address, answer);
    return true;
  };
  return (await trying(keep)) ?? false;
}

export async function dropPage(address) {
  if (globalThis.caches) await trying(async () => (await caches.open(PAGES)).delete(address, { ignoreVary: true }));
}

/** Paths of the pages that are kept; other things lie beside them, like an event's colours. */
export async function keptPaths() {
  if (!globalThis.caches) return [];
  const requests = (await trying(async () => (await caches.open(PAGES)).keys())) ?? [];
  return requests.map(({ url }) => new URL(url).pathname).filter(isKept);
}

/** Forget every page, picture and tail: somebody else comes, or somebody's rights have changed. Ops stay. Says whether no page is left. */
export async function wipe() {
  const isGone = !globalThis.caches || (await trying(() => Promise.all([PAGES, PICTURES].map((name) => caches.delete(name)))));
  await ifKept(() =>
    transact(["tail", "heads", "facts"], "readwrite", (...stores) => {
      for (const store of stores) store.clear();
    }),
  );
  return Boolean(isGone);
}

/** Forget what a person has queued, as when they sign out. */
export async function wipeOps(who) {
  const clear = async (store) => {
    for (const key of await asked(store.index("who").getAllKeys(who))) store.delete(key);
  };
  for (const name of ["ops", "blobs"]) await ifKept(() => transact([name], "readwrite", clear));
}

/** Small facts that pages and the worker share: "last" is the path of the event that was open last. */
export const remember = (key, value) => ifKept(() => transact(["facts"], "readwrite", (facts) => asked(facts.put({ key, value }))));

export async function remembered(key) {
  return (await ifKept(() => transact(["facts"], "readonly", (facts) => asked(facts.get(key)))))?.value;
}

/** A browser that keeps nothing, or is full, goes on without. */
async function trying(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    return undefined;
  }
}
