// F6 goes round the parts of the page, since the Tab key goes from cell to cell inside the table.

import { finish, focus } from "./editor.js";

const PARTS = [".desk-top", ".desk-tools", ".grid-wrap", "#timeline", "#side", "#publish", "#plans", "#trash"];
const FOCUSABLE = "a[href], button:not(:disabled), input, select, textarea";

function go(step) {
  const parts = PARTS.map((query) => document.querySelector(query)).filter((part) => part && part.offsetParent !== null && (part.matches(".grid-wrap") || seen(part, FOCUSABLE)));
  const at = parts.findIndex((part) => part.contains(document.activeElement));
  const next = parts[(at + step + parts.length) % parts.length];
  if (next.matches(".grid-wrap")) focus();
  else (seen(next, '[tabindex="0"]') ?? seen(next, FOCUSABLE))?.focus();
}

const seen = (part, wanted) => [...part.querySelectorAll(wanted)].find((element) => element.checkVisibility());

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || !finish()) return;
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
  });
}
