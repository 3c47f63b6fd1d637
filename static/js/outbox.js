// Ops that the server has not answered yet, or has refused: first in, first out, kept on this phone until then.
// An entry is {n, who, event, epoch, op: {id, op, args, at, …}, row, title, since, state, error}; state is waiting or
// refused.

import { asked, ifKept, StorageError, transact } from "./idb.js";

// What could not be kept: it lives as long as this page does.
const unkept = [];
const OLD_MS = 40 * 86_400_000;

/** Keep an op; says whether it is really kept. */
export async function add(entry) {
  try {
    await transact(["ops"], "readwrite", (ops) => asked(ops.add(entry)), { strict: true });
    return true;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    unkept.push(entry);
    return false;
  }
}

/** Everything of a person's, in order. What has waited for forty days is no longer sent by itself. */
export async function list(who) {
  const kept = await ifKept(() => transact(["ops"], "readonly", (ops) => asked(ops.index("who").getAll(who))), []);
  const old = Date.now() - OLD_MS;
  const all = [...kept.sort((one, other) => one.n - other.n), ...unkept.filter((entry) => entry.who === who)];
  return all.map((entry) => (entry.state === "waiting" && entry.since < old ? { ...entry, state: "refused", error: { code: "old" } } : entry));
}

/** Take in the server's answers, all or none: what was applied goes, what was refused stays with the reason. */
export async function settle(who, results) {
  const final = new Map(results.filter(({ status }) => status !== "retry").map((result) => [result.id, result]));
  for (const entry of [...unkept]) answer(entry, final.get(entry.op.id), () => unkept.splice(unkept.indexOf(entry), 1));
  await ifKept(() =>
    transact(["ops"], "readwrite", async (ops) => {
      for (const entry of await asked(ops.index("who").getAll(who))) {
        const result = final.get(entry.op.id);
        if (answer(entry, result, () => ops.delete(entry.n))) ops.put(entry);
      }
    }),
  );
}

/** The log began anew: what was made from a version of the old one asks before it writes over what stands there. */
export async function rebase(who, event, epoch) {
  const move = (entry) => {
    if (entry.event !== event || entry.state !== "waiting") return false;
    entry.epoch = epoch;
    if (entry.op.base_version !== undefined) entry.op.base_version = 0;
    return true;
  };
  for (const entry of unkept) if (entry.who === who) move(entry);
  await ifKept(() =>
    transact(["ops"], "readwrite", async (ops) => {
      for (const entry of await asked(ops.index("who").getAll(who))) if (move(entry)) ops.put(entry);
    }),
  );
}

/** Whether an entry was refused, and so stays. */
function answer(entry, result, drop) {
  if (!result) return false;
  if (isDone(result)) {
    drop();
    return false;
  }
  Object.assign(entry, { state: "refused", error: result.error, status: statusOf(result) });
  return true;
}

/** Forget an op: its person has read why it was refused, or doesn't want it any more. */
export async function discard(who, id) {
  const place = unkept.findIndex((entry) => entry.op.id === id);
  if (place >= 0) unkept.splice(place, 1);
  await ifKept(() =>
    transact(["ops"], "readwrite", async (ops) => {
      const found = (await asked(ops.index("who").getAll(who))).find((entry) => entry.op.id === id);
      if (found) ops.delete(found.n);
    }),
  );
}

/** A result's status; of a duplicate that of the first answer. */
export const statusOf = ({ status, first }) => (status === "duplicate" ? (first ?? "applied") : status);

const isDone = (result) => statusOf(result) === "applied";
