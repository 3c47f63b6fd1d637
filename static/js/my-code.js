// A code of mine on the screen: how long it is good for, and what has become of it.

import { out, write } from "./dom.js";

const ASK_MS = 3000;
const main = document.querySelector("[data-code]");
const until = performance.now() + Number(main.dataset.left) * 1000;
let ticking = 0;
let asking = 0;

function show(state, browser = "") {
  for (const part of main.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  write(out("browser"), browser);
  if (state === "waiting") return;
  clearInterval(ticking);
  clearInterval(asking);
}

function tick() {
  const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
  write(out("left"), `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
  if (left === 0) show("over");
}

async function ask() {
  try {
    const answer = await fetch(`/me/codes/${main.dataset.code}`, { redirect: "error", signal: AbortSignal.timeout(ASK_MS) });
    if (!answer.ok) return;
    const { is, browser } = await answer.json();
    show(is, browser);
  } catch (error) {
    // Without signal the countdown goes on, and the next try asks again.
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
  }
}

ticking = setInterval(tick, 1000);
asking = setInterval(ask, ASK_MS);
document.addEventListener("visibilitychange", () => document.hidden || ask());
