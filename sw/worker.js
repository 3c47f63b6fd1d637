// The service worker: opens pages without signal, and sends what waits when no page is open. The server puts the build
// and the list of its files into this text, so that each build has a worker of its own.

import { drain, isOurs } from "/static/__BUILD__/js/drain.js";
import { asked, ifKept, transact } from "/static/__BUILD__/js/idb.js";
import { sendWhenFree } from "/static/__BUILD__/js/photos_send.js";
import { dropPage, isKept, kept, keepPage, keptPaths, remembered, wipe } from "/static/__BUILD__/js/shelf.js";

const SHELL = "shell-__BUILD__";
const FILES = "__SHELL__";
const BUILD = "__BUILD__";
const STATIC = "/static/__BUILD__/";
const GATHERED = `${STATIC}__GATHERED__`;
// Longer than a bad line needs, shorter than somebody waits.
const PATIENCE_MS = 20_000;
const QUICK_MS = 2500;
// Signing in or out, joining, another language: what was kept may be somebody else's from now on.
const DOORS = new Set(["/setup", "/sign-in", "/sign-out", "/join", "/code", "/me/account", "/me/locale"]);
const GONE = new Set([401, 403, 404]);
// How often somebody came or went: a page that was asked for before is kept for nobody.
let doors = 0;

addEventListener("install", (event) => event.waitUntil(keepShell()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("message", (event) => event.data.is === "take" && skipWaiting());
addEventListener("sync", (event) => event.tag === "outbox" && event.waitUntil(sendAll()));
addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

/** Nothing is kept before all that is gathered has come, as the server sent it. */
async function keepShell() {
  const answer = await fetch(GATHERED);
  if (!answer.ok || !isNew(answer)) throw new TypeError(`${GATHERED}: ${answer.status}`);
  const gathered = Object.entries(await answer.json());
  const shell = await caches.open(SHELL);
  // The list is made for this build; an answer of a proxy's in between must not get in.
  await shell.addAll(FILES.map((path) => new Request(path, { credentials: "same-origin" })));
  gathered.push(["joined/phone.css", ["text/css; charset=utf-8", await sheets(shell)]]);
  const put = ([name, [type, text]]) => shell.put(STATIC + name, new Response(text, { headers: { "Content-Type": type } }));
  await Promise.all(gathered.map(put));
}

/** The styles of a kept page, which has all at once what a first one loads in two parts. */
async function sheets(shell) {
  const parts = ["base", "rest"].map(async (name) => (await shell.match(`${STATIC}joined/${name}.css`, { ignoreVary: true })).text());
  return (await Promise.all(parts)).join("");
}

/**
 * Pages of another build are fetched anew; only when there are none left do their shells go. No page opens before this
 * is done, so after a first visit, when all that is kept is of this build, nothing is fetched.
 */
async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
  if (old.length) {
    // The table's scripts come when it is opened; without them it must not open.
    const paths = await keptPaths();
    await Promise.all(paths.filter(isTable).map(dropPage));
    const fresh = await Promise.all(paths.filter((path) => !isTable(path)).map(renew));
    if (fresh.every(Boolean)) await Promise.all(old.map((name) => caches.delete(name)));
  }
  await clients.claim();
}

/** What this build's shell can open. */
const isNew = ({ headers }) => headers.get("Fieldcue-Build") === BUILD;

const isTable = (path) => path.endsWith("/grid");

async function renew(path) {
  try {
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected && isNew(answer)) return await keepPage(path, answer);
    // Whoever is signed out, or not in the event any more, holds nothing of it.
    if (!isOurs(answer) || !(answer.redirected || GONE.has(answer.status))) return false;
    await dropPage(path);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    return false;
  }
}

/** How a request is answered; nothing for those that go to the server as if we weren't here. */
function answerTo({ request }) {
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return null;
  if (request.method !== "GET") return DOORS.has(pathname) ? throughDoor(request) : null;
  if (pathname.startsWith("/static/")) return fromShell(request, pathname);
  if (/^\/e\/[\w-]+\/blobs\/\w+\/thumb$/.test(pathname)) return fromShelf(request, "pictures");
  if (/^\/e\/[\w-]+\/colours\.css$/.test(pathname)) return freshIfQuick(request, pathname);
  if (request.mode !== "navigate") return null;
  if (pathname === "/start") return start(request);
  if (isTable(pathname)) return orOffline(() => freshIfQuick(request, pathname));
  return isKept(pathname) ? opened(request, pathname) : orOffline(() => fetch(request));
}

async function throughDoor(request) {
  const answer = await fetch(request);
  // Who was not let through is who they were before.
  if (!answer.ok && answer.type !== "opaqueredirect") return answer;
  doors += 1;
  await wipe();
  return answer;
}

async function fromShell(request, pathname) {
  const found = await caches.match(request, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && pathname.startsWith(STATIC)) await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

async function fromShelf(request, name) {
  const shelf = await caches.open(name);
  const found = await shelf.match(request, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await shelf.put(request, answer.clone());
  return answer;
}

/**
 * A kept page at once; its tail and the socket bring it up to date. One of an older build, which was without a line when
 * this one took over, only where no newer one comes soon.
 */
async function opened(request, pathname) {
  const found = await kept(pathname);
  if (found && isNew(found)) return found;
  return orOffline(() => freshIfQuick(request, pathname));
}

/**
 * The table is for planning, where all that can be picked, and its colours, should be there. Without signal the kept one
 * opens, also where the line only hangs.
 */
async function freshIfQuick(request, pathname) {
  const found = await kept(pathname);
  if (!found) return fetchToKeep(request, pathname);
  const fresh = fetchToKeep(request, pathname).catch(() => null);
  const first = await Promise.race([fresh, new Promise((done) => setTimeout(done, QUICK_MS))]);
  const isAnswer = first && (first.type === "opaqueredirect" || (isOurs(first) && first.status < 500));
  return isAnswer ? first : found;
}

/** Keeps only what this build's shell can open: after a deploy the newer worker keeps the newer page. */
async function fetchToKeep(request, pathname) {
  const before = doors;
  const answer = await fetch(request);
  if (before === doors && answer.ok && !answer.redirected && isNew(answer)) await keepPage(pathname, answer.clone());
  return answer;
}

async function orOffline(work) {
  try {
    return await work();
  } catch (error) {
    const page = await caches.match(`/offline?lang=${(await remembered("locale")) ?? "zh-TW"}`, { ignoreVary: true });
    return page ?? Promise.reject(error);
  }
}

/** The home screen's sign opens what was open last. */
async function start(request) {
  const last = await remembered("last");
  return last && (await kept(`/e/${last}`)) ? Response.redirect(`/e/${last}`, 302) : orOffline(() => fetch(request));
}

/** Everybody's queue: the server takes each person's ops only from their own session. */
async function sendAll() {
  const channel = new BroadcastChannel("fieldcue-outbox");
  try {
    const ahead = Date.now() - (await serverNow());
    // What was said while nobody knew how wrong this phone's clock is, by what is known now.
    const stamped = ({ op, tapped, isSure }) => (isSure ? op : { ...op, at: new Date(tapped - ahead).toISOString() });
    for (const who of await ifKept(() => transact(["ops", "blobs"], "readonly", whose), [])) {
      const told = ({ event, results }) => channel.postMessage({ who, is: "answered", event, results });
      // First what is small: an op names the photo that follows it.
      const outcome = await drain(who, { told, stamped });
      if (outcome === "later" || (outcome === "empty" && (await sendWhenFree(who)) === "later")) throw new Error("not all was sent");
    }
  } finally {
    channel.close();
  }
}

/** Fails without a line: then the browser wakes us again. */
async function serverNow() {
  const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  return (await answer.json()).ms;
}

/** Who has something in the outbox, each once. A blob's key begins with whose it is. */
async function whose(ops, blobs) {
  const [entries, photos] = await Promise.all([asked(ops.getAll()), asked(blobs.getAllKeys())]);
  return [...new Set([...entries.map(({ who }) => who), ...photos.map(([who]) => who)])];
}
