// Every change is an op. It is kept on this phone before it is sent, shows as pending where it belongs, is sent until
// the server has answered, always under the same id, and what the server refuses stays in sight with its reason.

import { ahead, isSure, now } from "./clock.js";
import { drain as drainAll } from "./drain.js";
import { add, discard as forget, keepAgain, list, statusOf } from "./outbox.js";
import { page } from "./page.js";
import { apply } from "./rows.js";
import { hear, tell } from "./signal.js";
import { opener } from "./who.js";

const LONGEST_MS = 30_000;
const me = opener();
// The other pages of this browser, and the service worker: what was added, answered or discarded.
const channel = new BroadcastChannel("fieldcue-outbox");

// What waits or was refused, as this page knows it.
let entries = [];
// Ops that are in a request now, and those that were in one whose answer never came.
const flying = new Set();
const tried = new Set();
// Who waits for an answer on this page, by the op's id.
const asking = new Map();
// My last op on each row that was applied: an edit names it as its predecessor, so that it isn't foreign to itself.
const latest = new Map();
// Of the log that the server says it has, where this page doesn't know it yet.
let epoch = null;
// Something could not be kept, and is gone with this page.
let isLoose = false;
let running = false;
let again = false;
let tries = 0;
let timer = 0;

/** What is on its way, of this event. */
export const waiting = () => entries.filter(({ event, state }) => state === "waiting" && event === page.event);

/** What the server refused and nobody has looked at yet. */
export const refusals = () => entries.filter(({ event, state }) => state === "refused" && event === page.event);

/** What waits or was refused of other events. */
const elsewhere = () => entries.filter(({ event }) => event !== page.event);

/** Begin with what an earlier page left behind. */
export async function start() {
  entries = merged(await list(me));
  channel.addEventListener("message", ({ data }) => data.who === me && heard(data));
  told();
  drain();
}

/**
 * Send an op. Resolves with the server's result: `status` is applied, rejected or conflict.
 *
 * `row`: the row that shows it (by default the one named by args.id), `rows` all of them · `title`: what it is, in the tray and the toast ·
 * `base`: the version an edit was made from · `quiet`: the caller shows every outcome itself; `shows(status)`: this one ·
 * `photo`: the one that it names, as it is kept · `said`: when it was really said, {at, tapped, isSure}.
 */
export function send(op, args, { row = `cue-${args.id}`, rows = [row], title = "", base, quiet = false, shows = () => quiet, photo, said } = {}) {
  const { at, ...when } = said ?? { at: new Date(now()).toISOString(), tapped: Date.now(), isSure: isSure() };
  const made = { id: newId(), op, args, at };
  if (base !== undefined) made.base_version = Number(base);
  const behind = predecessors(args);
  const before = behind.at(-1) ?? (base === undefined ? undefined : newestOn(rows));
  if (before) made.after_op = before;
  const entry = { who: me, event: page.event, epoch: epochNow(), op: made, behind, row, rows, title, since: now(), state: "waiting", ...when };
  entries.push(entry);
  told();
  return new Promise((answer) => {
    asking.set(made.id, { answer, shows, entry });
    keep(entry, photo);
  });
}

async function keep(entry, photo) {
  if (!(await add(entry, photo))) {
    isLoose = true;
    tell("unkept", { op: entry.op });
  }
  channel.postMessage({ who: me, is: "added" });
  drain();
}

/** What only this page holds, as soon as the phone has room for it. */
async function keepLoose() {
  if (!isLoose || !(await keepAgain())) return;
  isLoose = false;
  tell("kept");
}

/** For each thing that is named, my last op on its way that makes or changes it: if that is refused, so is this one. */
function predecessors(args) {
  const named = new Set(textsIn(args));
  const last = new Map();
  for (const { op } of waiting()) {
    for (const id of madeBy(op)) {
      if (!named.has(id)) continue;
      last.delete(id);
      last.set(id, op.id);
    }
  }
  return [...new Set(last.values())];
}

/** The texts among the arguments of an op and of its steps, the ids of rows among them. */
const textsIn = (args) => Object.values(args).flat().flatMap((value) => (value?.args ? textsIn(value.args) : typeof value === "string" ? [value] : []));

const madeBy = ({ args }) => args.steps?.map((step) => step.args.id) ?? [args.id];

/** My last applied op on any of these rows. */
function newestOn(rows) {
  const wanted = new Set(rows);
  return [...latest].findLast(([row]) => wanted.has(row))?.[1];
}

function remember({ row, rows = [row], op }) {
  for (const each of rows) {
    latest.delete(each);
    latest.set(each, op.id);
  }
}

/** Whether an op of ours on this row is still on its way. */
export const isPending = (row) => waiting().some((entry) => entry.row === row);

/**
 * Send a refused op once more, as a new one: `changes` to what it says. It asks again before it writes over anything
 * that was changed since; of another epoch's log no version means anything, so there it asks in any case.
 */
export function repeat(entry, changes = {}) {
  const { op, args, base_version: base } = entry.op;
  // What nobody has judged is said when it was said.
  const said = entry.error?.message === "" ? { at: entry.op.at, tapped: entry.tapped, isSure: entry.isSure } : undefined;
  const isSame = !entry.epoch || entry.epoch === epochNow();
  const answer = send(op, { ...args, ...changes.args }, { row: entry.row, rows: entry.rows, title: entry.title, base: base === undefined ? undefined : isSame ? (changes.base ?? base) : 0, said });
  discard(entry);
  return answer;
}

/** Whether the server may have an op, though it hasn't said so. */
export const mayHave = ({ op, isTried }) => isTried || tried.has(op.id);

/** Whether an op is on the wire at this moment, and can't be held back. */
export const isFlying = ({ op }) => flying.has(op.id);

/** Drop an op for good. Whoever waits for its answer hears that there will be none. */
export async function discard(entry) {
  const { id } = entry.op;
  abandon(id);
  await forget(me, id);
  channel.postMessage({ who: me, is: "discarded", id });
}

function abandon(id) {
  entries = entries.filter(({ op }) => op.id !== id);
  const { answer } = asking.get(id) ?? {};
  asking.delete(id);
  told();
  answer?.({ id, status: "discarded", error: { code: "discarded" } });
}

/** Try at once, as when the line is back. */
export async function drain() {
  clearTimeout(timer);
  timer = 0;
  if (running) {
    again = true;
    return;
  }
  running = true;
  again = false;
  let outcome = "later";
  try {
    await keepLoose();
    outcome = await drainAll(me, { viewOf, stamped, told: answered, rebased });
  } finally {
    running = false;
    flying.clear();
    come(outcome);
  }
}

function come(outcome) {
  if (outcome === "later") later();
  if (outcome === "signed-out") tell("signed-out");
  if (outcome === "empty") tries = 0;
  if (again) drain();
}

const viewOf = (event) => (event === page.event ? page.view : null);

/**
 * An op as it is sent: what was said while nobody knew how wrong this phone's clock is, by what is known now. What is
 * sent from here is known here, also where the storage was too slow to tell of it when the page began.
 */
function stamped(entry) {
  const { op, tapped, isSure: wasSure } = entry;
  if (!entries.some((known) => known.op.id === op.id)) entries.push(entry);
  tried.add(op.id);
  flying.add(op.id);
  return !wasSure && isSure() ? { ...op, at: new Date(tapped - ahead()).toISOString() } : op;
}

function rebased(event, now) {
  if (event !== page.event) return;
  epoch = now;
  for (const entry of waiting()) entry.epoch = now;
}

const epochNow = () => epoch ?? page.epoch;

function later() {
  tries += 1;
  tell("silent");
  const most = Math.min(LONGEST_MS, 500 * 2 ** tries);
  timer = setTimeout(drain, 250 + Math.random() * most);
  told();
}

/** The server has answered, asked by this page. */
function answered(answer) {
  tries = 0;
  channel.postMessage({ who: me, is: "answered", event: answer.event, results: answer.results });
  take(answer);
}

/** Another page or the worker tells. */
async function heard(message) {
  if (message.is === "answered") take({ ...message, html: "" });
  if (message.is === "discarded") abandon(message.id);
  entries = merged(await list(me));
  told();
}

/** What was kept, and what this page has said just now and may not be kept yet. */
function merged(kept) {
  const held = new Set(kept.map(({ op }) => op.id));
  return [...kept, ...[...asking.values()].map(({ entry }) => entry).filter(({ op }) => !held.has(op.id))];
}

function take({ event, results, html }) {
  const final = results.filter(({ status }) => status !== "retry");
  const settled = final.map((result) => [entries.find(({ op }) => op.id === result.id), { ...result, status: statusOf(result) }]);
  const done = new Set(final.map(({ id }) => id));
  // While the rows are still pending, so that nobody takes my own change for news.
  try {
    if (html && event === page.event) apply(html);
  } finally {
    entries = entries.filter(({ op }) => !done.has(op.id)).concat(settled.filter(([entry, { status }]) => entry && status !== "applied").map(refused));
    for (const [entry, result] of settled) if (entry) finish(entry, result);
    told();
  }
}

const refused = ([entry, { error }]) => Object.assign(entry, { state: "refused", error });

function finish(entry, result) {
  const { answer, shows = () => false } = asking.get(entry.op.id) ?? {};
  asking.delete(entry.op.id);
  if (result.status === "applied") remember(entry);
  const isShown = shows(result.status);
  // Whoever shows a refusal where it belongs keeps it there; the tray need not.
  if (isShown && result.status !== "applied") discard(entry);
  tell("answered", { entry, result, isShown });
  answer?.(result);
}

function told() {
  tell("outbox", { waiting: waiting(), refused: refusals(), elsewhere: elsewhere(), tries });
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A storage that was slow when the page began may have told of nothing.
hear("link", async ({ is }) => {
  if (is !== "on") return;
  if (!entries.length) {
    entries = merged(await list(me));
    if (entries.length) told();
  }
  drain();
});
