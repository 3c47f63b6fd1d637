// The phone's own storage: one IndexedDB database for all pages and the service worker. A browser may refuse it, or be
// full: then every promise here fails with a StorageError, and whoever asked goes on without.

const NAME = "fieldcue";
const VERSION = 1;
// Some browsers have left a database opening for ever.
const PATIENCE_MS = 3000;
let opening = null;

class StorageError extends Error {}

/**
 * Run `work(store, …)` in one transaction over these stores; all of it is kept, or nothing. Resolves with what it
 * gives, when that is kept. `strict`: when it is on the disk, so that it outlives an empty battery.
 */
export async function transact(names, mode, work, { strict = false } = {}) {
  const transaction = await begin(names, mode, { durability: strict ? "strict" : "default" });
  const ended = new Promise((done, fail) => {
    transaction.addEventListener("complete", done);
    transaction.addEventListener("abort", () => fail(new StorageError(transaction.error?.name ?? "aborted")));
  });
  ended.catch(() => {});
  try {
    const found = await work(...names.map((name) => transaction.objectStore(name)));
    if (mode === "readwrite") await ended;
    return found;
  } catch (error) {
    abort(transaction);
    throw error instanceof DOMException ? new StorageError(error.name) : error;
  }
}

/** What a request gives. */
export function asked(request) {
  return new Promise((done, fail) => {
    request.addEventListener("success", () => done(request.result));
    request.addEventListener("error", () => fail(request.error));
  });
}

/** Do it if this browser keeps things; `otherwise` where it does not. */
export async function ifKept(work, otherwise) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return otherwise;
  }
}

/** A browser that slept may have closed the database without a word: then once more, with a new one. */
async function begin(names, mode, options) {
  const database = await (opening ??= open());
  try {
    return database.transaction(names, mode, options);
  } catch {
    opening = open();
  }
  const anew = await opening;
  try {
    return anew.transaction(names, mode, options);
  } catch (error) {
    opening = null;
    throw new StorageError(error.name);
  }
}

function abort(transaction) {
  try {
    transaction.abort();
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error; // it had ended already
  }
}

function open() {
  return new Promise((done, fail) => {
    const refuse = (why) => {
      opening = null;
      fail(new StorageError(why));
    };
    const timer = setTimeout(() => refuse("timeout"), PATIENCE_MS);
    const request = ask(refuse);
    request?.addEventListener("upgradeneeded", () => make(request.result));
    request?.addEventListener("error", () => refuse(request.error?.name));
    request?.addEventListener("success", () => {
      clearTimeout(timer);
      const database = request.result;
      const forget = () => (opening = null);
      database.addEventListener("close", forget);
      database.addEventListener("versionchange", () => {
        database.close();
        forget();
      });
      done(database);
    });
  });
}

/** Even to look at it may be forbidden. */
function ask(refuse) {
  try {
    return indexedDB.open(NAME, VERSION);
  } catch (error) {
    refuse(error.name);
    return null;
  }
}

/** ops: queued changes · tail: rows newer than the kept page · heads: how far a tail reaches · blobs: photos · facts. */
function make(database) {
  database.createObjectStore("ops", { keyPath: "n", autoIncrement: true }).createIndex("who", "who");
  database.createObjectStore("tail", { keyPath: ["page", "id"] });
  database.createObjectStore("heads", { keyPath: "page" });
  database.createObjectStore("blobs", { keyPath: ["who", "event", "hash"] }).createIndex("who", "who");
  database.createObjectStore("facts", { keyPath: "key" });
}
