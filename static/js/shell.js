// The service worker that keeps the program on this phone, and when a newer one may take over: never while something
// waits to be sent, is being edited or called, and only if its person agrees or isn't looking.

import { waiting } from "./op.js";
import { page } from "./page.js";
import { renewKept } from "./refetch.js";
import { kept as keptPage, remember } from "./shelf.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";
import { tidy } from "./tail.js";

const JUST_OPENED_MS = 5000;
const PATIENCE_MS = 15_000;
// How soon a tab answers, also one that nobody looks at.
const ANSWER_MS = 400;
const tabs = new BroadcastChannel("fieldcue-tabs");
let registration = null;
// What the server runs, as it said.
let served = page.build;
// A page with newer names is kept; it only has to be opened.
let isRenamed = false;
let mayReload = false;

export async function start() {
  remember("last", page.event);
  remember("locale", page.locale);
  hear("newer", look);
  hear("directory", lookForNames);
  tabs.addEventListener("message", ({ data }) => data === "may" && isBusy() && tabs.postMessage("busy"));
  hear("outbox", ({ waiting: ops, tries }) => tries && ops.length && wakeLater());
  hear("put-away", wakeLater);
  navigator.storage?.persist?.();
  tidy();
  if (!navigator.serviceWorker) return;
  registration = await registered();
  if (!registration) return;
  // Between the word to it and this moment somebody may have begun something.
  navigator.serviceWorker.addEventListener("controllerchange", () => mayReload && !isBusy() && location.reload());
  if (registration.waiting) tell("newer", { build: "" });
  // A first visit came before the worker did.
  if (!(await keptPage(location.pathname))) renewKept();
}

async function registered() {
  try {
    return await navigator.serviceWorker.register("/sw.js", { type: "module", scope: "/" });
  } catch (error) {
    // A certificate that was clicked through, private browsing, an old browser: everything works while there is signal.
    tell("no-worker", { error });
    return null;
  }
}

/** The server runs a newer build: fetch its shell. */
async function look({ build } = {}) {
  served = build || served;
  try {
    await registration?.update();
  } catch (error) {
    // No line, or half a script: looked for again when somebody wants it, or the page hears the server anew.
    tell("silent", { error });
  }
}

/**
 * People, places or columns were named anew since this page was made, and their names are no rows: open the newer page,
 * at once if this one was opened just now and nobody is in the middle of something.
 */
async function lookForNames() {
  const { fresh, isKept } = await renewKept();
  if (!fresh) return;
  const names = (document) => document.getElementById("names")?.textContent;
  const { directory } = fresh.body.dataset;
  if (names(fresh) === names(document)) document.body.dataset.directory = directory;
  else if (isKept && performance.now() < JUST_OPENED_MS && !isBusy() && isFirst(directory)) location.reload();
  else {
    isRenamed = isKept;
    tell("newer", { build: "" });
  }
}

/** Once for each of these, whatever goes wrong: a page must never open itself again and again. */
function isFirst(directory) {
  const before = kept(`opened:${page.event}`);
  keep(`opened:${page.event}`, directory);
  return before !== directory && kept(`opened:${page.event}`) === directory;
}

/** Ops wait, a form or a cell is open, or somebody calls: then no page changes under their hands. */
const isBusy = () =>
  waiting().length > 0 || document.querySelector("dialog[open], [data-edit]") !== null || document.body.dataset.screen === "call";

/** Another tab is in the middle of something: its scripts would be gone under its hands. */
async function isOtherBusy() {
  tabs.postMessage("may");
  return new Promise((done) => {
    const heard = ({ data }) => data === "busy" && done(true);
    tabs.addEventListener("message", heard, { signal: AbortSignal.timeout(ANSWER_MS) });
    setTimeout(() => done(false), ANSWER_MS);
  });
}

/**
 * Let the newer build take over, and open this page anew when it has. Says why it does not, as the key of a word: without
 * its shell the page would only open as the old one again. `isStill()`: whether that is wanted when all is there.
 */
export async function takeOver(isStill = () => true) {
  if (await isAnybodyBusy()) return "newer_later";
  if (!registration) {
    location.reload();
    return "";
  }
  const worker = registration.waiting ?? (await Promise.race([arriving(), new Promise((done) => setTimeout(done, PATIENCE_MS))]));
  if (!worker && !isRenamed && !(await hasTaken())) return "newer_coming";
  if (!isStill() || (await isAnybodyBusy())) return "newer_later";
  mayReload = true;
  if (worker) worker.postMessage({ is: "take" });
  else location.reload();
  return "";
}

const isAnybodyBusy = async () => isBusy() || isOtherBusy();

/** The newer build's worker has taken over already, where it found no line to fetch this page. */
const hasTaken = async () => served !== page.build && !registration.installing && Boolean(await globalThis.caches?.has(`shell-${served}`));

/** The worker of the newer build, when it has its shell; undefined if there is none. */
async function arriving() {
  await look();
  const worker = registration.installing;
  if (!worker) return registration.waiting;
  await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  return worker.state === "installed" ? worker : undefined;
}

/** Ask the browser to wake the worker when there is signal again, for what is still to be sent. Not every one can. */
async function wakeLater() {
  try {
    await registration?.sync?.register("outbox");
  } catch (error) {
    // Its person doesn't want pages to work behind their back, or its store is broken: then it is sent when the page is open.
    if (!["NotAllowedError", "InvalidStateError", "UnknownError"].includes(error.name)) throw error;
  }
}
