// Beside the table: what was said of the row one stands on.

import { mark, out, write } from "../dom.js";
import { begin, show } from "../said.js";
import { hear, tell } from "../signal.js";
import { activeId } from "./cells.js";
import { titleOf } from "./titles.js";

const part = () => out("comments-part");

function fill() {
  if (part().hidden) return;
  write(out("comments-row"), activeId() ? titleOf(activeId()) : "");
  show();
}

function toggle({ currentTarget }) {
  part().hidden = !part().hidden;
  mark(currentTarget, "aria-pressed", String(!part().hidden));
  tell("side");
  fill();
}

export function start() {
  begin({ of: activeId, named: titleOf });
  document.querySelector("[data-talk]").addEventListener("click", toggle);
  hear("cell", fill);
}
