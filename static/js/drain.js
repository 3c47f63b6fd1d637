// Sends what waits, oldest first, whoever asks: a page, or the service worker when no page is open. One at a time in
// this browser; the same ids make it safe to ask twice.

import { attempted, list, rebase, settle } from "./outbox.js";

const BATCH = 100;
const BYTES = 200_000;
const PATIENCE_MS = 10_000;
const STUCK_MS = 30_000;
const TOO_MUCH = new Set([400, 413]);

/** Worth another try: the request came too early or too often, or the server had a bad moment. */
export const isPassing = (status) => status >= 500 || [408, 425, 429].includes(status);

/** Whether our server said so itself: a proxy may say 404 or 403 while the server behind it starts anew. */
export const isOurs = ({ headers }) => headers.has("Fieldcue-Build");

/** No line, a timeout, or half an answer. */
export const isNoAnswer = (error) => error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError;

/**
 * Send all that waits of a person. `viewOf(event)` names the view whose rows the page wants back; `told` gets
 * {event, results, html} for each answer; `stamped(entry)` is its op as it is sent;
 * `rebased(event, epoch)` says that a log began anew. Resolves with "empty", "later" or "signed-out".
 */
export function drain(who, { viewOf = () => null, stamped = ({ op }) => op, told, rebased = () => {} }) {
  return alone(`fieldcue-outbox:${who}`, async () => {
    let most = BATCH;
    for (;;) {
      const waiting = (await list(who)).filter(({ state }) => state === "waiting");
      if (!waiting.length) return "empty";
      const batch = batchOf(waiting, most);
      const { event, epoch } = batch[0];
      const { outcome, answer } = await post(who, batch.map(stamped), { event, epoch, view: viewOf(event) });
      if (outcome === "epoch") {
        if (!(await rebase(who, event, answer.epoch))) return "later";
        rebased(event, answer.epoch);
      } else if (outcome === "later") {
        await attempted(who, batch);
        return outcome;
      } else if (outcome === "halve") most = Math.max(1, batch.length >> 1);
      else if (outcome !== "answered") return outcome;
      else if (await take(who, batch, answer, told)) return "later";
    }
  });
}

/** The oldest of one event and epoch, as many as fit one request. */
function batchOf(waiting, most) {
  const { event, epoch } = waiting[0];
  const batch = [];
  let bytes = 0;
  for (const entry of waiting) {
    bytes += JSON.stringify(entry.op).length;
    if (entry.event !== event || entry.epoch !== epoch || batch.length === most || (batch.length && bytes > BYTES)) break;
    batch.push(entry);
  }
  return batch;
}

/** Whether something has to be sent again. */
async function take(who, batch, { results: said, html }, told) {
  const results = said.some(isRefused) ? [...said, ...heldBack(await list(who), said)] : said;
  await settle(who, results);
  told({ event: batch[0].event, results, html });
  return results.some(({ status }) => status === "retry");
}

const isRefused = ({ error, status }) => error !== undefined && status !== "retry";

/** What was queued behind a refused op, and names what that would have made or changed, is decided by its person. */
function heldBack(entries, said) {
  const fallen = new Set(said.filter(isRefused).map(({ id }) => id));
  // What the server has judged in the same answer, or in one that never came, stands as it was judged.
  const judged = new Set(said.filter(({ status }) => status !== "retry").map(({ id }) => id));
  const held = [];
  for (const { op, behind = [op.after_op], state } of entries) {
    if (state !== "waiting" || judged.has(op.id) || !behind.some((id) => fallen.has(id))) continue;
    fallen.add(op.id);
    held.push({ id: op.id, status: "rejected", error: { code: "after_refused", message: "" } });
  }
  return held;
}

async function post(who, ops, { event, epoch, view }) {
  const address = `/e/${event}/ops?${new URLSearchParams({ view: view ?? "-", ...(epoch && { epoch }) })}`;
  const body = JSON.stringify({ ops });
  const headers = { "Content-Type": "application/json", "Fieldcue-Who": who };
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(address, { method: "POST", headers, body, signal, redirect: "error" });
    if (TOO_MUCH.has(answer.status) && ops.length > 1) return { outcome: "halve" };
    if (isPassing(answer.status) || !isOurs(answer)) return { outcome: "later" };
    if (answer.status === 401) return { outcome: "signed-out" };
    if (answer.status === 409) return { outcome: "epoch", answer: await answer.json() };
    if (answer.ok) return { outcome: "answered", answer: await answer.json() };
    return { outcome: "answered", answer: refusedWhole(ops) };
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return { outcome: "later" };
  }
}

function refusedWhole(ops) {
  const error = { code: "denied", message: "" };
  return { html: "", results: ops.map(({ id }) => ({ id, status: "rejected", error })) };
}

/** While nobody else of this browser does; whoever holds it too long has been put to sleep, and loses it. */
async function alone(name, work) {
  if (!globalThis.navigator?.locks) return work();
  let isIn = false;
  const enter = () => {
    isIn = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, { signal: AbortSignal.timeout(STUCK_MS) }, enter);
  } catch (error) {
    if (error.name !== "TimeoutError" && error.name !== "AbortError") throw error;
    return isIn ? "later" : navigator.locks.request(name, { steal: true }, enter);
  }
}
