// Photos and files of this phone that the server doesn't have yet, in IndexedDB beside the ops that name them.
// One is {who, hash, event, blob, media, name, size, at}; `sent`: the server has
// it, but may still refuse it; `wrong` says why it took none of it.

import { asked, ifKept, StorageError, transact } from "./idb.js";

// What could not be kept: it lives as long as this page does.
const unkept = new Map();
const keyOf = ({ who, hash }) => `${who} ${hash}`;

/** Keep one; says whether it is really kept. */
export async function keep(photo) {
  try {
    // As plain bytes: WebKit has lost blobs that it was given to keep.
    const plain = { ...photo, blob: await photo.blob.arrayBuffer() };
    await transact(["blobs"], "readwrite", (blobs) => asked(blobs.put(plain)), { strict: true });
    return true;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    unkept.set(keyOf(photo), photo);
    return false;
  }
}

/** Everything of a person's, oldest first. */
export async function photosOf(who) {
  const kept = await ifKept(() => transact(["blobs"], "readonly", (blobs) => asked(blobs.index("who").getAll(who))), []);
  return [...kept.map(whole), ...[...unkept.values()].filter((photo) => photo.who === who)].sort((one, other) => one.at - other.at);
}

const whole = (photo) => ({ ...photo, blob: new Blob([photo.blob], { type: photo.media }) });

export async function drop(photo) {
  unkept.delete(keyOf(photo));
  await ifKept(() => transact(["blobs"], "readwrite", (blobs) => asked(blobs.delete([photo.who, photo.hash]))));
}
