// A session ends when its browser wasn't here for long, and any page that the server answers prolongs it. A phone that
// opens only what it keeps asks for none, so once a day it asks for the smallest.

import { isNoAnswer } from "./drain.js";
import { hear, tell } from "./signal.js";
import { cookie } from "./who.js";

const LATER_MS = 3000;
// Whoever signs out meanwhile must not be given their session again.
const leaving = new AbortController();

export function start() {
  hear("link", ({ is }) => is === "on" && setTimeout(ask, LATER_MS));
  hear("leaving", () => leaving.abort());
}

async function ask() {
  // It ends after a day.
  if (cookie("day")) return;
  try {
    await fetch("/start", { cache: "no-store", redirect: "manual", signal: leaving.signal });
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    tell("silent", { error });
  }
}
