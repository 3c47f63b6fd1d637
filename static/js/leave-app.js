// Inside another app's browser: show the way out of it, with all that the address carries.

import { copyText } from "./copying.js";
import { inApp, outOfLine } from "./in-app.js";

const part = (name) => document.querySelector(`[data-in-app="${name}"]`);

/** Whether this is one; then its part of the page shows. */
export function tellInApp() {
  const app = inApp(navigator.userAgent);
  if (!app) return false;
  part(app).hidden = false;
  document.querySelector('[data-act="leave-line"]').href = outOfLine(location.pathname + location.search, location.hash);
  document.addEventListener("click", async ({ target }) => {
    if (target.closest('[data-act="copy"]')) part("copied").hidden = !(await copyText(location.href));
  });
  return true;
}
