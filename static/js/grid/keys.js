// What the keys do in the table: while one only stands on a cell, and while one types in it.

import { tell } from "../signal.js";
import { t } from "../words.js";
import { active, edge, move, nextRow, select, tab } from "./cells.js";
import { begin, cancel, enter, finish, isEditing, place, wasTyped } from "./editor.js";
import { fieldOf } from "./fields.js";
import { toggleFold } from "./fold.js";
import * as offers from "./offers.js";
import { say } from "./say.js";
import { add, remove, shift, toggleHard } from "./structure.js";
import { redo, undo } from "./undo.js";

const PAGE = 12;

/** "Ctrl+Shift+z": the modifiers, then the key. Cmd counts as Ctrl. */
function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const pressed = [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt", shiftKey && "Shift", key.length === 1 ? key.toLowerCase() : key];
  return pressed.filter(Boolean).join("+");
}

const standing = {
  ArrowUp: () => move(-1, 0),
  ArrowDown: () => move(1, 0),
  ArrowLeft: () => move(0, -1),
  ArrowRight: () => move(0, 1),
  PageUp: () => move(-PAGE, 0),
  PageDown: () => move(PAGE, 0),
  Home: () => edge(-1, false),
  End: () => edge(1, false),
  "Ctrl+Home": () => edge(-1, true),
  "Ctrl+End": () => edge(1, true),
  "Ctrl+ArrowUp": () => toSegment(-1),
  "Ctrl+ArrowDown": () => toSegment(1),
  "Ctrl+ArrowLeft": () => edge(-1, false),
  "Ctrl+ArrowRight": () => edge(1, false),
  Tab: () => tab(1),
  "Shift+Tab": () => tab(-1),
  Enter: open,
  F2: open,
  Delete: clear,
  Backspace: clear,
  Escape: () => cancel(),
  "Ctrl+z": () => undo(),
  "Ctrl+Shift+z": () => redo(),
  "Ctrl+y": () => redo(),
  "Ctrl+Enter": () => add(),
  "Ctrl+Backspace": () => remove(),
  "Alt+ArrowUp": () => shift(-1),
  "Alt+ArrowDown": () => shift(1),
  "Alt+h": () => toggleHard(),
  "Shift+F10": () => tell("menu"),
  ContextMenu: () => tell("menu"),
  "/": () => tell("search"),
};

const typing = {
  Enter: () => chooseOrFinish(() => move(1, 0)),
  "Shift+Enter": () => chooseOrFinish(() => move(-1, 0)),
  "Ctrl+Enter": () => chooseOrFinish(() => {}),
  Tab: () => chooseOrFinish(() => tab(1)),
  "Shift+Tab": () => chooseOrFinish(() => tab(-1)),
  Escape: () => cancel(),
  ArrowUp: (area) => offers.step(area, -1) || leaveBy(-1),
  ArrowDown: (area) => offers.step(area, 1) || leaveBy(1),
  "Alt+Enter": (area) => breakLine(area),
};

function chooseOrFinish(go) {
  if (finish()) go();
}

/** As in spreadsheets, arrows leave a cell that one has just typed; in one that was opened they move the caret. */
function leaveBy(step) {
  if (!wasTyped()) return false;
  if (finish()) move(step, 0);
  return true;
}

function breakLine(area) {
  if (!fieldOf(active()?.key ?? "")?.long) return;
  area.setRangeText("\n", area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input"));
}

function open() {
  const here = active();
  if (!here) return;
  if (fieldOf(here.key)) begin();
  else if (here.key === "state" && here.tr.dataset.kind === "segment") toggleFold(here.id);
  else say(t("shows_only"));
}

function clear() {
  const here = active();
  if (here && fieldOf(here.key)) enter("");
}

function toSegment(step) {
  let tr = active()?.tr ?? null;
  do tr = tr && nextRow(tr, step);
  while (tr && tr.dataset.kind !== "segment");
  if (tr) select(tr);
}

/** The editor's keydown. Keys of an input method are its own. */
export function press(event, area) {
  if (event.isComposing || event.keyCode === 229) {
    if (!isEditing()) place();
    return;
  }
  const name = nameOf(event);
  const deed = isEditing() ? typing[name] : standing[name];
  if (!deed) {
    if (!isEditing()) before(event);
    return;
  }
  const done = deed(area);
  // The Tab key leaves the table at its ends; an arrow that nobody took moves the caret.
  if (done === false) return;
  event.preventDefault();
}

/** A key that will begin a text: the field lies where it shall be read. In a cell that only shows, it does nothing. */
function before(event) {
  const isText = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
  if (!isText) return;
  if (fieldOf(active()?.key ?? "")) place();
  else event.preventDefault();
}
