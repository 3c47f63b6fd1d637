// Sends the bytes of photos whose op the server has taken: in pieces, on from where the server stands, until it has all.

import { isNoAnswer, isOurs, isPassing } from "./drain.js";
import { list } from "./outbox.js";
import { hashOf } from "./photos_make.js";
import { keep, photosOf } from "./photos_store.js";
import { tell } from "./signal.js";

const PIECE = 256 * 1024;
const PATIENCE_MS = 60_000;
const LONGEST_MS = 30_000;
const MOST_CONFLICTS = 5;
const TOO_LARGE = 413;

let running = false;
let again = false;
let tries = 0;
let timer = 0;

/** Send all that can be sent now; begins again by itself as long as something is left. */
export async function sendPhotos(who) {
  clearTimeout(timer);
  again = running;
  if (running) return;
  running = true;
  let outcome = "later";
  try {
    outcome = await sendOnce(who, (news) => tell("photo", news));
  } finally {
    running = false;
  }
  if (outcome === "later") {
    tries += 1;
    timer = setTimeout(() => sendPhotos(who), 500 + Math.random() * Math.min(LONGEST_MS, 500 * 2 ** tries));
  } else tries = 0;
  if (again) sendPhotos(who);
}

/**
 * Send what can be sent now; `told` gets what becomes of each: {photo, outcome, share, why}. Resolves with "empty",
 * "later" or "signed-out".
 */
const sendOnce = (who, told) => alone(who, { ifAvailable: true }, () => sendAll(who, told));

/** The same for the worker, which is woken seldom: a tab that is just being closed may still hold the lock. */
export async function sendWhenFree(who) {
  try {
    return await alone(who, { signal: AbortSignal.timeout(PATIENCE_MS) }, () => sendAll(who, () => {}));
  } catch (error) {
    if (error.name !== "TimeoutError" && error.name !== "AbortError") throw error;
    return "later";
  }
}

/** One tab of this browser sends, or its worker. */
async function alone(who, how, work) {
  if (!globalThis.navigator?.locks) return work();
  return navigator.locks.request(`fieldcue-photos:${who}`, how, (lock) => (lock ? work() : "later"));
}

async function sendAll(who, told) {
  // In this order: each photo that is seen then has its op in the list, or that op was answered.
  const photos = await photosOf(who);
  const pending = new Set((await list(who)).map(({ op }) => op.args.blob));
  let left = "empty";
  for (const photo of photos) {
    // Another tab or the worker may have sent it.
    if (photo.sent) told({ photo, outcome: "sent" });
    if (pending.has(photo.hash) || photo.wrong || photo.sent) continue;
    const { outcome, why } = await upload(photo, told);
    if (outcome === "silent") return "later";
    if (outcome === "signed-out") return outcome;
    // What the server can't take now doesn't stand in the way of the others.
    if (outcome === "later") left = outcome;
    else await settle(photo, { outcome, why }, told);
  }
  return left;
}

/** The server has it all, will have none of it, or has never heard of it. What it has stays here until it is shown. */
async function settle(photo, { outcome, why }, told) {
  // Whoever shows it lets it go, and says so.
  if (outcome !== "gone") await keep({ ...photo, ...(outcome === "sent" ? { sent: true } : { wrong: why }) });
  told({ photo, outcome, why });
}

async function upload(photo, told) {
  let found = await ask(photo, "HEAD");
  let conflicts = 0;
  let bent = 0;
  while (found.outcome === "on" && !found.isWhole) {
    told({ photo, outcome: "on", share: found.offset / photo.size });
    const { offset } = found;
    found = await ask(photo, "PATCH", photo.blob.slice(offset, offset + PIECE), offset);
    if (found.status === 409 && (conflicts += 1) > MOST_CONFLICTS) return { outcome: "later" };
    if (found.status === 422 && ((bent += 1) > 1 || (await hashOf(photo.blob)) !== photo.hash)) return { outcome: "wrong", why: found.why };
    if (found.status === 204) tries = 0;
  }
  return found.outcome === "on" ? { outcome: "sent" } : found;
}

/** {outcome: on, offset, isWhole, status}, or why it does not go on: silent, later, signed-out, gone, wrong. */
async function ask({ who, event, hash }, method, body, offset) {
  const headers = { "Fieldcue-Who": who, ...(body && { "Content-Type": "application/partial-upload", "Upload-Offset": offset }) };
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`/e/${event}/uploads/${hash}`, { method, headers, body, signal, redirect: "error" });
    return await read(answer);
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return { outcome: "silent" };
  }
}

async function read(answer) {
  const { status, headers } = answer;
  // The limit of a proxy on the way lasts; what else it says may pass.
  if (isPassing(status) || (status !== TOO_LARGE && !isOurs(answer))) return { outcome: "later" };
  if (status === 401) return { outcome: "signed-out" };
  if (status === 404) return { outcome: "gone" };
  const place = { offset: Number(headers.get("Upload-Offset")), isWhole: headers.get("Upload-Complete") === "?1" };
  if (status === 204 || status === 409) return { outcome: "on", status, ...place };
  const why = await whyOf(answer);
  return status === 422 ? { outcome: "on", status, why, ...place } : { outcome: "wrong", why };
}

/** The reason; true where there is none: somebody on the way may refuse without a word, and a HEAD is never given one. */
async function whyOf(answer) {
  try {
    return (await answer.json()).title;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return true;
  }
}
