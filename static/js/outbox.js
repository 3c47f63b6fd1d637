// Ops that the server has not answered yet, or has refused: first in, first out, kept on this phone until then.
// An entry is {n, who, event, epoch, op: {id, op, args, at, …}, behind, row, title, since, tapped, state, error}: since
// by the server's clock, tapped by this phone's; behind: ids of those it builds on; state is waiting or refused; isLate:
// kept after others that were tapped later; isTried: sent, without an answer.

import { asked, ifKept, transact } from "./idb.js";

// What could not be kept: it lives as long as this page does.
const unkept = [];
const photos = new WeakMap();
// Answers that could not be put down yet, by the op's id: what was answered is never sent again from here.
const known = new Map();
const OLD_MS = 40 * 86_400_000;

/** Keep an op, and the photo that it names, both or neither; says whether it is really kept. */
export async function add(entry, photo) {
  if (await put(entry, photo)) return true;
  unkept.push(entry);
  photos.set(entry, photo);
  return false;
}

/** What couldn't be kept before may find room by now. Says whether nothing is left that only this page holds. */
export async function keepAgain() {
  for (const entry of [...unkept]) {
    // Answered or discarded while the one before it was kept.
    if (!unkept.includes(entry)) continue;
    entry.isLate = true;
    if (!(await put(entry, photos.get(entry)))) return false;
    if (unkept.includes(entry)) unkept.splice(unkept.indexOf(entry), 1);
  }
  return true;
}

function put(entry, photo) {
  const work = async (ops, blobs) => {
    blobs?.put(photo);
    const adding = asked(ops.add(entry));
    // At once: what is left to the browser to end is lost with a page that goes away in this moment.
    ops.transaction.commit?.();
    await adding;
    return true;
  };
  return ifKept(() => transact(photo ? ["ops", "blobs"] : ["ops"], "readwrite", work, { strict: true }), false);
}

/** Everything of a person's, in order. What has waited for forty days is no longer sent by itself. */
export async function list(who) {
  const kept = await ifKept(() => transact(["ops"], "readonly", (ops) => asked(ops.index("who").getAll(who))), []);
  const all = [...kept, ...unkept.filter((entry) => entry.who === who)].sort(byTap);
  const left = all.filter((entry) => !known.has(entry.op.id) || answer(entry, known.get(entry.op.id)));
  return left.map((entry) => (entry.state === "waiting" && isOld(entry) ? { ...entry, state: "refused", error: { code: "old" } } : entry));
}

/** What couldn't be kept at once has no number that counts, and keeps its place by when it was tapped. */
function byTap(one, other) {
  const isNumbered = one.n && other.n && !one.isLate && !other.isLate;
  return isNumbered ? one.n - other.n : one.tapped - other.tapped;
}

/** By the phone's own clock alone: the server's may be another. */
const isOld = ({ tapped }) => tapped < Date.now() - OLD_MS;

/** These were sent, and no answer came: they may have arrived. */
export function attempted(who, batch) {
  const ids = new Set(batch.map(({ op }) => op.id));
  return eachOf(who, (entry, ops) => ids.has(entry.op.id) && !entry.isTried && ops.put({ ...entry, isTried: true }));
}

/** Take in the server's answers: what was applied goes, what was refused stays with the reason. */
export async function settle(who, results) {
  const final = new Map(results.filter(({ status }) => status !== "retry").map((result) => [result.id, result]));
  for (const [id, result] of final) known.set(id, result);
  for (const entry of unkept.filter(({ op }) => final.has(op.id))) {
    if (!answer(entry, final.get(entry.op.id))) unkept.splice(unkept.indexOf(entry), 1);
  }
  // First what takes room away, so that a full phone can still do it.
  const clear = (entry, ops) => isDone(final.get(entry.op.id)) && ops.delete(entry.n);
  const note = (entry, ops) => final.has(entry.op.id) && answer(entry, final.get(entry.op.id)) && ops.put(entry);
  if (!(await eachOf(who, clear))) return;
  if (![...final.values()].every(isDone) && !(await eachOf(who, note))) return;
  for (const id of final.keys()) known.delete(id);
}

/** Go through what is kept of a person's, oldest first; says whether what `work(entry, ops)` made of it is kept. */
function eachOf(who, work) {
  const go = async (ops) => {
    for (const entry of await asked(ops.index("who").getAll(who))) work(entry, ops);
    return true;
  };
  return ifKept(() => transact(["ops"], "readwrite", go), false);
}

/**
 * The log began anew: what was made from a version of the old one asks before it writes over what stands there.
 * Says whether that could be kept.
 */
export async function rebase(who, event, epoch) {
  const move = (entry, ops) => {
    if (entry.who !== who || entry.event !== event || entry.state !== "waiting") return;
    entry.epoch = epoch;
    if (entry.op.base_version !== undefined) entry.op.base_version = 0;
    ops?.put(entry);
  };
  for (const entry of unkept) move(entry);
  return eachOf(who, move);
}

/** Put an answer down on its entry; whether it was refused, and so stays. */
function answer(entry, result) {
  if (isDone(result)) return false;
  Object.assign(entry, { state: "refused", error: result.error });
  return true;
}

/** Forget an op: its person has read why it was refused, or doesn't want it any more. */
export async function discard(who, id) {
  const place = unkept.findIndex((entry) => entry.op.id === id);
  if (place >= 0) unkept.splice(place, 1);
  await eachOf(who, (entry, ops) => entry.op.id === id && ops.delete(entry.n));
}

/** A result's status; of a duplicate that of the first answer. */
export const statusOf = ({ status, first }) => (status === "duplicate" ? (first ?? "applied") : status);

const isDone = (result) => result !== undefined && statusOf(result) === "applied";
