// One line for what has just happened, read out by screen readers too; what went wrong stays until it is read.

import { tell } from "../signal.js";
import { toast } from "../toast.js";

const SECONDS = 6;
const ALERT_SECONDS = 20;

/** Say something. `action` and `act`: a button that does something about it. */
export function say(text, { alert = false, action = "", act = null } = {}) {
  const then = act && (() => {
    tell("back");
    act();
  });
  toast(text, { action, act: then, seconds: alert ? ALERT_SECONDS : SECONDS });
  if (alert) document.getElementById("toasts").lastElementChild?.setAttribute("role", "alert");
}
