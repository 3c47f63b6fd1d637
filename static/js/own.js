// My own page: how it looks on this browser.

import "./install.js";
import { setChoice, start as startChoices } from "./choose.js";
import { start as startSignOut } from "./sign-out.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";

for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
startChoices();
startSignOut();
setChoice("theme", kept("theme") ?? "");
hear("chosen", ({ name, value }) => {
  if (name !== "theme") return;
  keep("theme", value || null);
  tell("theme");
});
