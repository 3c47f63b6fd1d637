// What this phone heard since it kept the page, asked for before the page is read: then its rows are there when the
// scripts begin, and the first paint has them. tail.js takes it. A classic script, since a module would come too late.
"use strict";

(() => {
  const PATIENCE_MS = 3000;
  const { lang, dataset } = document.documentElement;
  if (!dataset.who || !navigator.serviceWorker?.controller) return;
  // As tail.js begins its keys; the rest of them stands in what is still to be read.
  const begin = `${dataset.who} ${location.pathname.split("/")[2]}  ${lang} `;
  const end = `${begin}\uffff`;
  globalThis.ahead = new Promise((done) => {
    setTimeout(done, PATIENCE_MS, null);
    try {
      open(done);
    } catch {
      done(null); // even to look at it may be forbidden
    }
  });

  function open(done) {
    const request = indexedDB.open("fieldcue", 1);
    // Nothing is kept yet: idb.js makes the stores.
    request.addEventListener("upgradeneeded", () => request.transaction.abort());
    request.addEventListener("error", () => done(null));
    request.addEventListener("success", () => read(request.result, done));
  }

  function read(database, done) {
    const reading = database.transaction(["heads", "tail"]);
    const heads = reading.objectStore("heads").getAll(IDBKeyRange.bound(begin, end));
    const rows = reading.objectStore("tail").getAll(IDBKeyRange.bound([begin], [end]));
    reading.addEventListener("complete", () => done({ heads: heads.result, rows: rows.result }));
    reading.addEventListener("abort", () => done(null));
    database.close();
  }
})();
