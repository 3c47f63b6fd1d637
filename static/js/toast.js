// A line at the foot of the page that says what has just happened, and how to take it back.

import { make } from "./dom.js";

const SECONDS = 8;
const GAP = 8;
let shown = null;

/** Show a text for some seconds; with `action` and `act`, a button too. One at a time. */
export function toast(text, { action = "", act = null, seconds = SECONDS } = {}) {
  shown?.remove();
  shown = make("p", { class: "toast" }, make("span", {}, text));
  if (act) shown.append(button(action, act, shown));
  document.getElementById("toasts").append(shown);
  const line = shown;
  uncover(line);
  setTimeout(() => leave(line), seconds * 1000);
}

function button(word, act, line) {
  const made = make("button", { type: "button" }, word);
  made.addEventListener("click", () => {
    line.remove();
    act();
  });
  return made;
}

/** Whoever works by keys still sees where they are (WCAG 2.2, 2.4.11). */
function uncover(line) {
  const focused = document.querySelector("main :focus-visible");
  if (!focused) return;
  const [over, under] = [line, focused].map((one) => one.getBoundingClientRect());
  if (under.top < over.bottom && over.top < under.bottom) scrollBy(0, under.bottom - over.top + GAP);
}

/** Go, unless somebody is about to press its button. */
function leave(line) {
  if (line.contains(document.activeElement)) setTimeout(() => leave(line), 2000);
  else line.remove();
}
