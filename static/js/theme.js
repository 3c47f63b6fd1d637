// The look that this browser was told to have, before the first paint: day, night, sun, or the system's own (none).
// A classic script, since a module would come too late. The caller's screen is dark unless something else was chosen.
"use strict";

(() => {
  const root = document.documentElement;
  const wanted = () => {
    try {
      return localStorage.getItem("fieldcue:theme") || "";
    } catch {
      return root.dataset.theme ?? ""; // no storage: what was chosen on this page
    }
  };
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const look = () => show(wanted() || (location.hash === "#call" ? "night" : ""));
  look();
  addEventListener("hashchange", look);
  addEventListener("storage", look);
  document.addEventListener("fieldcue:theme", look);
})();
