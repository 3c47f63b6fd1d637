// Without signal: which events are on this phone, and again as soon as there is a line.

import { ico, make } from "./dom.js";
import { kept, keptPaths } from "./shelf.js";

const LOOK_MS = 5000;
const box = document.querySelector('[data-out="kept"]');

async function line(path) {
  const text = await (await kept(path)).text();
  const title = new DOMParser().parseFromString(text, "text/html").title;
  return make("li", {}, make("a", { class: "row", href: path }, ico("list-ordered"), make("p", { class: "row-main" }, make("b", {}, title))));
}

async function look() {
  const paths = await keptPaths();
  box.hidden = !paths.length;
  box.querySelector("ul").replaceChildren(...(await Promise.all(paths.map(line))));
}

/** The page that was asked for, as soon as the server answers; and only if it has this page by now, and somebody looks. */
async function tryAgain() {
  if (document.hidden) return;
  const ask = (address) => fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) });
  try {
    if ((await ask("/healthz")).ok && (await ask(location.href)).status < 500) location.reload();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
  }
}

look();
addEventListener("online", tryAgain);
document.addEventListener("visibilitychange", tryAgain);
setInterval(tryAgain, LOOK_MS);
