// Fieldcue on the home screen: which way this browser has to put it there, and a hint once after joining.
//
// Chrome, Edge and Samsung Internet offer an app by `beforeinstallprompt`; it is kept for our own button. On iOS it is
// done by hand from the share sheet: in Safari, and since iOS 16.4 in other browsers too (webkit.org, “WebKit Features
// in Safari 16.4”). iPadOS calls itself a Mac, but no Mac can be touched.

import { inApp } from "./in-app.js";
import { keep, kept } from "./store.js";

// Set by whoever lets somebody in (join.js, code.js); the run sheet shows the hint until it is dismissed.
const HINT = "install-hint";
const agent = navigator.userAgent;
const isApple = /\b(iPhone|iPad|iPod)\b/.test(agent) || (/\bMacintosh\b/.test(agent) && navigator.maxTouchPoints > 0);
const isInstalled = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
let offer = null;

/** Whether a browser on iOS that isn't Safari can do it. Who hides the system's version has a newer one. */
function canShare() {
  const [, major, minor] = agent.match(/\bOS (\d+)_(\d+)/) ?? [0, "99", "0"];
  return Number(major) > 16 || (major === "16" && Number(minor) >= 4);
}

/** "prompt", "menu", "ios", "ios-other", "ios-old", "in-app"; "" where it is installed or can't be. */
function way() {
  if (isInstalled()) return "";
  if (inApp(agent)) return "in-app";
  if (isApple && /\b(CriOS|FxiOS|EdgiOS|OPT|OPiOS|DuckDuckGo|Brave)\b/.test(agent)) return canShare() ? "ios-other" : "ios-old";
  if (isApple) return "ios";
  if (offer) return "prompt";
  return /\bAndroid\b/.test(agent) ? "menu" : "";
}

function show() {
  const now = way();
  for (const part of document.querySelectorAll("[data-way]")) part.hidden = !part.dataset.way.split(" ").includes(now);
  for (const part of document.querySelectorAll("[data-install]")) part.hidden = now === "";
  const wanted = kept(HINT) !== null && !["", "in-app"].includes(now);
  for (const part of document.querySelectorAll("[data-install-hint]")) part.hidden = !wanted;
}

function dismiss() {
  keep(HINT, null);
  show();
}

const acts = {
  /** An offer can be used once; who declines gets a new one from the browser when it sees fit. */
  async install() {
    const used = offer;
    offer = null;
    await used?.prompt();
    const { outcome } = (await used?.userChoice) ?? {};
    if (outcome === "accepted") dismiss();
    else show();
  },
  "install-later": dismiss,
};

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  show();
});
addEventListener("appinstalled", dismiss);
document.addEventListener("click", ({ target }) => acts[target.closest("[data-act]")?.dataset.act]?.());
show();
