// All keys, on one sheet: the question mark opens it, and any key closes it.

import { hear } from "../signal.js";
import { finish, focus } from "./editor.js";

const sheet = () => document.getElementById("keys");

function toggle() {
  if (!finish()) return;
  if (sheet().matches(":popover-open")) sheet().hidePopover();
  else sheet().showPopover();
  sheet().focus();
}

export function start() {
  hear("keys", toggle);
  document.querySelector("[data-keys]").addEventListener("click", toggle);
  sheet().addEventListener("keydown", (event) => {
    if (["Shift", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    sheet().hidePopover();
    focus();
  });
}
