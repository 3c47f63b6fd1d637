// Table or timeline: which of the two stands on the page. Remembered in this browser; an address may ask (?view=timeline).

import { mark } from "../dom.js";
import { hear, tell } from "../signal.js";
import { keep, kept } from "../store.js";
import { active } from "./cells.js";
import { finish, focus } from "./editor.js";

const KEY = "grid:layout";
let layout = "table";

export const isTimeline = () => layout === "timeline";

const asked = () => new URLSearchParams(location.search).get("view") ?? kept(KEY);

/** Change to the other one; a cell that can't be read yet stays open. */
function turnTo(wanted) {
  if (!finish()) return;
  layout = wanted === "timeline" ? "timeline" : "table";
  keep(KEY, layout);
  // What an address asked for has been answered.
  if (location.search) history.replaceState(history.state, "", location.pathname + location.hash);
  show();
}

function show() {
  // For styles: a rule that asks by :has() which one stands is worked out anew for every row with each second's clock.
  mark(document.body, "data-layout", layout);
  document.querySelector(".grid-wrap").hidden = isTimeline();
  document.getElementById("timeline").hidden = !isTimeline();
  mark(document.body, "data-layout", layout);
  for (const button of document.querySelectorAll('[data-choose="layout"] > button')) mark(button, "aria-pressed", String(button.value === layout));
  tell("layout", { layout });
  if (isTimeline()) return;
  const here = active();
  here?.tr.scrollIntoView({ block: "center", behavior: "instant" });
  focus();
}

export function start() {
  if (asked() === "timeline") layout = "timeline";
  document.querySelector('[data-choose="layout"]').addEventListener("click", ({ target }) => {
    const wanted = target.closest("button")?.value;
    if (wanted && wanted !== layout) turnTo(wanted);
  });
  // A new row is written in the table.
  document.addEventListener("click", ({ target }) => isTimeline() && target.closest('[data-deed="add"], [data-first-row]') && turnTo("table"), true);
  hear("to-table", () => turnTo("table"));
  if (isTimeline()) show();
}
