// The caller's screen by keyboard, at the stage manager's desk. A key does what its button does, with the button's rest
// and only while that can be pressed; nothing happens while a field or a sheet is open, nor by a key that repeats.

import { setChoice } from "./choose.js";
import { begin } from "./hold.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { keep, kept } from "./store.js";

const FIELDS = "input, select, textarea, [contenteditable]";
const CONTROLS = "button, a, summary, [role=button], .cue";
const isOn = () => kept("keys") !== "off";
const button = (call, more = "") => document.querySelector(`.dock [data-call="${call}"]${more}:not([hidden]), #adjust [data-call="${call}"]${more}:not([hidden])`);

function press(call, more) {
  const found = button(call, more);
  if (!found || found.disabled) return;
  if (found.hasAttribute("data-hold")) found.dispatchEvent(new CustomEvent("held", { bubbles: true }));
  else found.click();
}

/** GO; where something that is held stands in its place, that, for as long as the key is held. */
function go() {
  if (button("go")) press("go");
  else begin(document.querySelector('.dock > [data-hold][data-size="go"]:not([hidden])'));
}

const nudge = (seconds) => press("nudge", `[data-seconds="${seconds}"]`);

const keys = {
  Space: go,
  Enter: go,
  NumpadEnter: go,
  KeyW: () => press("warm"),
  KeyS: () => press("standby"),
  KeyP: () => press(button("pause") ? "pause" : "resume"),
  KeyN: () => begin(document.querySelector('.keys [data-call="next"]')),
  Equal: ({ shiftKey }) => nudge(shiftKey ? 30 : 60),
  Minus: ({ shiftKey }) => nudge(shiftKey ? -30 : -60),
  ArrowDown: look,
  ArrowUp: look,
};
keys.NumpadAdd = keys.Equal;
keys.NumpadSubtract = keys.Minus;

/** To the rows, without calling any; from there the arrows go on. */
function look({ code }) {
  const seen = [...document.querySelector('[data-list="cue"]').children].filter((row) => row.checkVisibility());
  const row = code === "ArrowDown" ? seen[0] : seen.at(-1);
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
}

const isHelp = ({ key }) => key === "?" || key === "\uff1f";

function pressed(event) {
  const { target, code, repeat } = event;
  if (screen() !== "call" || document.querySelector("dialog[open]") || target.closest(FIELDS)) return;
  const isGo = keys[code] === go;
  // A button that has the focus would be pressed again and again.
  if (repeat && isGo && !target.closest("[data-hold]")) event.preventDefault();
  if (!isOn() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isGo && target.closest(code === "Space" ? CONTROLS.replace(", .cue", "") : CONTROLS)) return;
  if (isHelp(event)) document.getElementById("keys").showModal();
  else if (keys[code]) {
    event.preventDefault();
    if (!repeat) keys[code](event);
  }
}

/** A button pressed by the mouse doesn't keep the keys to itself. */
function leave({ target, detail }) {
  if (detail > 0 && screen() === "call") target.closest(".dock button")?.blur();
}

function choose(value) {
  keep("keys", value === "off" ? "off" : null);
  document.documentElement.toggleAttribute("data-keys", isOn());
}

export function start() {
  setChoice("keys", isOn() ? "on" : "off");
  choose(isOn() ? "on" : "off");
  hear("chosen", ({ name, value }) => name === "keys" && choose(value));
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", leave);
}
