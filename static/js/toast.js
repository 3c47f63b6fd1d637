// A line at the foot of the page that says what has just happened, and how to take it back.

import { make } from "./dom.js";

const SECONDS = 8;
let shown = null;

/** Show a text for some seconds; with `action` and `act`, a button too. One at a time. */
export function toast(text, { action = "", act = null, seconds = SECONDS } = {}) {
  shown?.remove();
  shown = make("p", { class: "toast" }, make("span", {}, text));
  if (act) shown.append(button(action, act, shown));
  document.getElementById("toasts").append(shown);
  const line = shown;
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

/** Go, unless somebody is about to press its button. */
function leave(line) {
  if (line.contains(document.activeElement)) setTimeout(() => leave(line), 2000);
  else line.remove();
}
