// Photos and files of this phone that the server doesn't have yet, in IndexedDB beside the ops that name them.
// One is {who, hash, event, blob, media, name, size, at}; `sent`: the server has
// it, but may still refuse it; `wrong` says why it took none of it.

import { asked, ifKept, transact } from "./idb.js";

// What could not be kept: it lives as long as this page does.
const unkept = new Map();
const keyOf = ({ who, event, hash }) => `${who} ${event} ${hash}`;

/** Keep one. */
export async function keep(photo) {
  const kept = await plain(photo);
  const isKept = await ifKept(() => transact(["blobs"], "readwrite", (blobs) => asked(blobs.put(kept)), { strict: true }), null);
  if (isKept) unkept.delete(keyOf(photo));
  else hold(photo);
}

/** As it is kept, as plain bytes: WebKit has lost blobs that it was given to keep. */
export const plain = async (photo) => ({ ...photo, blob: await photo.blob.arrayBuffer() });

/** Where nothing can be kept: as long as this page lives. */
export const hold = (photo) => unkept.set(keyOf(photo), photo);

/** Everything of a person's, oldest first. */
export async function photosOf(who) {
  const kept = await ifKept(() => transact(["blobs"], "readonly", (blobs) => asked(blobs.index("who").getAll(who))), []);
  const here = [...unkept.values()].filter((photo) => photo.who === who);
  const newest = new Map([...kept.map(whole), ...here].map((photo) => [keyOf(photo), photo]));
  return [...newest.values()].sort((one, other) => one.at - other.at);
}

const whole = (photo) => ({ ...photo, blob: new Blob([photo.blob], { type: photo.media }) });

export async function drop(photo) {
  unkept.delete(keyOf(photo));
  await ifKept(() => transact(["blobs"], "readwrite", (blobs) => asked(blobs.delete([photo.who, photo.event, photo.hash]))));
}
