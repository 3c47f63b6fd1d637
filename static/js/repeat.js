// An event as a template: follow the new one while it is made, and go there when it is.

import { follow } from "./people-page.js";
import { hear } from "./signal.js";

const wanted = location.hash.slice(1);

/** What this page was opened for is done. Coming back to it does not lead there again. */
function look() {
  const to = wanted && document.getElementById(wanted)?.dataset.to;
  if (!to) return;
  history.replaceState(history.state, "", location.pathname);
  location.assign(innerWidth < 960 ? to.replace("/grid", "#sheet") : to);
}

hear("rows", ({ changed }) => {
  if (changed.includes(wanted)) look();
});
follow();
look();
