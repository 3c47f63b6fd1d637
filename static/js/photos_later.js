// Photos are for those who edit, and not for the first second: their modules come once the page stands. The service
// worker keeps them, so they come without signal too.

import { hear } from "./signal.js";

const LATER_MS = 1500;
let isHere = false;

export function start() {
  if (!document.querySelector("[data-attach]")) return;
  setTimeout(begin, LATER_MS);
  hear("link", ({ is }) => is === "on" && setTimeout(begin, LATER_MS));
}

async function begin() {
  if (isHere) return;
  isHere = true;
  try {
    const photos = await import("./photos.js");
    await photos.start();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // no line just now
    isHere = false;
  }
}
