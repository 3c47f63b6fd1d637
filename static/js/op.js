// Every change is an op. It shows as pending where it belongs at once, is sent until the server has answered, always
// under the same id, and what the server refuses stays in sight with its reason.

import { now } from "./clock.js";
import { all, drop, oldest, put } from "./outbox.js";
import { page } from "./page.js";
import { apply } from "./rows.js";
import { hear, tell } from "./signal.js";

const BATCH = 50;
const PATIENCE_MS = 10_000;
const LONGEST_MS = 30_000;
// Worth another try: the request came too early or too often, or the server had a bad moment.
const PASSING = new Set([408, 425, 429]);

// My last op on each row: an edit names it as its predecessor, so that my own earlier edits are not foreign to it.
const latest = new Map();
let sending = false;
let tries = 0;
let timer = 0;

/**
 * Send an op. Resolves with the server's result: `status` is applied, duplicate, rejected or conflict.
 *
 * `row`: the row that shows it (by default the one named by args.id) · `title`: what it is, in the tray and the toast ·
 * `base`: the version an edit was made from · `quiet`: the caller shows every outcome itself; `shows(status)`: this one.
 */
export function send(op, args, { row = `cue-${args.id}`, title = "", base, quiet = false, shows = () => quiet } = {}) {
  const made = { id: newId(), op, args, at: new Date(now()).toISOString() };
  if (base !== undefined) made.base_version = Number(base);
  if (base !== undefined && latest.has(row)) made.after_op = latest.get(row);
  latest.set(row, made.id);
  return new Promise((answer) => {
    put({ op: made, row, title, shows, since: now(), answer }).then(() => {
      told();
      drain();
    });
  });
}

/** Whether an op of ours on this row is still on its way. */
export const isPending = (row) => all().some((entry) => entry.row === row);

/** Try at once, as when the line is back. */
export function drain() {
  clearTimeout(timer);
  timer = 0;
  if (!sending) work();
}

async function work() {
  sending = true;
  let next = later;
  try {
    await sendAll();
    next = drain;
  } finally {
    sending = false;
    // What came in while the last look was under way, or stayed behind when something broke.
    if (!timer && all().length) next();
  }
}

async function sendAll() {
  for (let entries = await oldest(BATCH); entries.length; entries = await oldest(BATCH)) {
    const answer = await post(entries);
    if (!answer) {
      later();
      break;
    }
    tries = 0;
    if (await settle(entries, answer)) {
      later();
      break;
    }
  }
}

function later() {
  tries += 1;
  const most = Math.min(LONGEST_MS, 500 * 2 ** tries);
  timer = setTimeout(drain, 250 + Math.random() * most);
  told();
}

/** The server's answer; null if it is worth trying again. */
async function post(entries) {
  const body = JSON.stringify({ ops: entries.map((entry) => entry.op) });
  const address = `/e/${page.event}/ops?view=${page.view}`;
  const headers = { "Content-Type": "application/json" };
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(address, { method: "POST", headers, body, signal, redirect: "error" });
    if (answer.status >= 500 || PASSING.has(answer.status)) return null;
    if (answer.ok) return await answer.json();
    return refusedWhole(entries, answer.status);
  } catch (error) {
    // No line, a timeout, or half an answer: the same ids make it safe to ask again.
    tell("silent", { error });
    return null;
  }
}

function refusedWhole(entries, status) {
  tell("denied", { status });
  const error = { code: "denied", message: "" };
  return { html: "", results: entries.map(({ op }) => ({ id: op.id, status: "rejected", error })) };
}

/** Take in the answers; says whether some op has to be sent again. */
async function settle(entries, { results, html }) {
  const again = results.some((result) => result.status === "retry");
  const final = results.filter((result) => result.status !== "retry");
  for (const result of final) await drop(result.id);
  // While the rows are still pending, so that nobody takes my own change for news.
  try {
    if (html) apply(html);
  } finally {
    told();
    for (const result of final) finish(entries.find(({ op }) => op.id === result.id), result);
  }
  return again;
}

function finish(entry, result) {
  const status = result.status === "duplicate" ? (result.first ?? "applied") : result.status;
  const settled = { ...result, status };
  tell("answered", { entry, result: settled });
  entry.answer(settled);
}

function told() {
  tell("outbox", { waiting: all(), tries });
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

hear("link", ({ is }) => {
  if (is === "on") drain();
});
