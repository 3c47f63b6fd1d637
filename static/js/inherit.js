// Whoever joined by link and signs in by e-mail since has another name in this browser: what was queued under the old
// one is theirs still, as the server says by their own row.

import { asked, ifKept, transact } from "./idb.js";
import { drain } from "./op.js";
import { hear } from "./signal.js";
import { opener } from "./who.js";

const who = opener();
const channel = new BroadcastChannel("fieldcue-outbox");

export const start = () => hear("me", take);

async function take({ joined }) {
  if (!who || !joined || joined === who) return;
  if (!(await ifKept(() => transact(["ops", "blobs"], "readwrite", (...stores) => move(joined, ...stores)), false))) return;
  // This page hears it as well: op.js listens on a channel of its own.
  channel.postMessage({ who, is: "added" });
  drain();
}

/** All of it or nothing, in the order in which it was queued; whether there was any. */
async function move(joined, ops, blobs) {
  const [entries, photos] = await Promise.all([ops, blobs].map((store) => asked(store.index("who").getAll(joined))));
  for (const entry of entries) ops.put({ ...entry, who });
  for (const photo of photos) {
    blobs.put({ ...photo, who });
    blobs.delete([joined, photo.event, photo.hash]);
  }
  return entries.length + photos.length > 0;
}
