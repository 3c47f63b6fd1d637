// The look that this browser was told to have, before the first paint: day, night, sun, or the system's own (none); and
// how large type is.
// A classic script, since a module would come too late. The caller's screen is dark unless something else was chosen.
"use strict";

(() => {
  const root = document.documentElement;
  const wanted = (name) => {
    try {
      return localStorage.getItem(`fieldcue:${name}`) || "";
    } catch {
      return root.dataset[name] ?? ""; // no storage: what was chosen on this page
    }
  };
  const show = (name, value) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  };
  const look = () => {
    show("theme", wanted("theme") || (location.hash === "#call" ? "night" : ""));
    show("type", wanted("type"));
  };
  look();
  addEventListener("hashchange", look);
  addEventListener("storage", look);
  document.addEventListener("fieldcue:theme", look);
})();
