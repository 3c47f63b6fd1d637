// A tap that comes before the page's scripts listen is kept for them: on a slow line the buttons are there first.
// A classic script in the head, since it has to be there before any button.
"use strict";

(() => {
  // What the browser does nothing with by itself, and forms that only a script sends.
  const SCRIPTED = 'button[type="button"], form:not([method]) [type="submit"]';
  let button = null;
  const keep = (event) => {
    const found = event.target.closest?.(SCRIPTED);
    if (!found) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    button = found;
  };
  addEventListener("click", keep, true);
  const handOver = () => {
    removeEventListener("click", keep, true);
    button?.click();
    button = null;
  };
  // By then every module of the page has run; but the table awaits what is kept of it, and says when it listens.
  addEventListener("DOMContentLoaded", () => "awaits" in document.body.dataset || handOver());
  document.addEventListener("fieldcue:started", handOver);
})();
