// The screens of the phone's one document: which one shows, and where each was scrolled to.

import { mark } from "./dom.js";
import { page } from "./page.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";

const SCREENS = new Set(["now", "sheet", "mine", "call", "host", "more"]);
const VIEWS = { now: "card", mine: "mine", call: "call", host: "host" };
const places = new Map();

export const screen = () => document.body.dataset.screen;

/** The sheet's own view: overview, detail or sheet. */
export const sheetView = () => kept(`view:${page.event}`) ?? "detail";

export function setSheetView(view) {
  keep(`view:${page.event}`, view);
  show(screen());
}

const HOME = `home:${page.event}`;

/** What the address says; without it a host begins with their own screen. */
const wanted = () => (SCREENS.has(location.hash.slice(1)) ? location.hash.slice(1) : (kept(HOME) ?? "now"));

function settle({ roles }) {
  keep(HOME, roles.has("host") ? "host" : null);
  if (wanted() !== screen()) turn();
}

function show(name) {
  document.body.dataset.screen = name;
  document.querySelector('[data-list="cue"]').dataset.view = VIEWS[name] ?? sheetView();
  for (const tab of document.querySelectorAll(".tab")) mark(tab, "aria-current", tab.dataset.screen === name ? "page" : false);
}

function turn() {
  const before = screen();
  const name = wanted();
  places.set(before, scrollY);
  const isNew = !places.has(name);
  show(name);
  tell("screen", { screen: name, before, isNew });
  if (!isNew || name !== "sheet") scrollTo({ top: places.get(name) ?? 0, behavior: "instant" });
}

/** At once, where the browser would first go and ask itself whether the address may change. */
function follow({ hash }) {
  history.pushState(null, "", hash);
  turn();
  tell("theme");
}

/** What has the focus stands above the dock, however high that is on this screen (WCAG 2.4.11). */
function leaveRoom() {
  const foot = document.querySelector(".foot");
  const leave = () => document.documentElement.style.setProperty("--foot", `${foot.offsetHeight}px`);
  new ResizeObserver(leave).observe(foot, { box: "border-box" });
}

export function start() {
  history.scrollRestoration = "manual";
  leaveRoom();
  show(wanted());
  addEventListener("hashchange", turn);
  hear("me", settle);
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".tab");
    if (!tab) return;
    event.preventDefault();
    if (tab.dataset.screen === screen()) tell("again", { screen: screen() });
    else follow(tab);
  });
}
