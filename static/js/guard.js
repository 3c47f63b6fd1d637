// Before anything of a kept page is painted: it is shown only to whom it was kept for. A classic script, since a
// module would come too late. Whoever signed in since gets a page of their own.
"use strict";

(() => {
  // What isn't on the phone after all may come as it comes.
  const PATIENCE_MS = 1000;
  const WIPE_MS = 5000;
  const EARLY_MS = 20_000;
  // Back from the browser's own memory, the page is as it was then.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  const kept = (key) => {
    try {
      return localStorage.getItem(`fieldcue:${key}`) ?? "";
    } catch {
      return ""; // no storage: nothing is kept for anybody
    }
  };
  const isKept = Boolean(navigator.serviceWorker?.controller);
  if (isKept) wait();
  // What the server says of Now is of the moment at which the page was fetched, of one screen, and of the first track.
  const isOther = !["", "#now"].includes(location.hash) || kept(`track:${location.pathname.split("/")[2]}`);
  if (isKept || isOther) document.documentElement.dataset.noEarly = "";
  else setTimeout(() => (document.documentElement.dataset.oldEarly = ""), EARLY_MS);
  // On a kept page ahead.js opens it.
  if (!isKept) warm();
  const name = location.protocol === "https:" ? "__Host-fieldcue-who" : `fieldcue-loopback-${location.port || 80}-who`;
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  const who = found ? found.slice(name.length + 1) : "";
  // Asking for a cookie waits for the browser, so all that is opened for this person asks here: see who.js.
  document.documentElement.dataset.who = who;
  const [before, leaving] = [kept("who"), kept("leaving")];
  if (before === who && !leaving) return;
  try {
    localStorage.setItem("fieldcue:who", who);
    localStorage.removeItem("fieldcue:leaving");
  } catch {
    return; // as above
  }
  if (!before && !leaving) return;
  document.documentElement.hidden = true;
  const again = () => location.reload();
  const pages = self.caches ? Promise.all([caches.delete("pages"), caches.delete("pictures")]) : Promise.resolve();
  // What can't be taken away must not be opened either.
  const elsewhere = () => location.replace("/me");
  const timer = setTimeout(elsewhere, WIPE_MS);
  pages.finally(() => clearTimeout(timer)).then(again, elsewhere);

  /**
   * What is on the phone comes whole: to paint its parts one after another keeps the last of them waiting. Nothing bears
   * this name, so the browser holds its first frame until all is read, and our scripts have begun in the same turn.
   */
  function wait() {
    const link = document.createElement("link");
    Object.assign(link, { rel: "expect", href: "#all" });
    link.setAttribute("blocking", "render");
    document.head.append(link);
    setTimeout(() => link.remove(), PATIENCE_MS);
  }

  /** Let the browser open what it keeps for us while the page is read: the scripts soon ask for it. */
  function warm() {
    try {
      indexedDB.databases?.().catch(() => {});
    } catch {
      return; // even to look at it may be forbidden
    }
  }
})();
