// Now as the server made it (templates/runsheet/_phone_first.html), for whoever had no script yet. It stands until ours
// say the same, and tells what time it was at the server when it was made, so that they need not ask first.

import { sample, setShift } from "./clock.js";

const early = () => document.getElementById("early");

export function start() {
  if (!early() || "noEarly" in document.documentElement.dataset) return;
  const { made, shift } = early().dataset;
  const opened = Date.now() - performance.now();
  const [{ requestStart, responseStart } = { requestStart: 0, responseStart: performance.now() }] = performance.getEntriesByType("navigation");
  setShift(Number(shift));
  sample(Number(made), opened + requestStart, opened + responseStart);
}

/** Our own stands there. */
export const end = () => early()?.remove();
