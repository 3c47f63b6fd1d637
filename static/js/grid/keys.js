// What the keys do in the table: while one only stands on a cell, and while one types in it.

import { tell } from "../signal.js";
import { t } from "../words.js";
import { fill } from "./bulk.js";
import { active, edge, move, nextRow, select, tab } from "./cells.js";
import { begin, cancel, enter, finish, giveUp, isEditing, place, wasTyped } from "./editor.js";
import { fieldOf } from "./fields.js";
import { toggleFold } from "./fold.js";
import * as offers from "./offers.js";
import { extend, clear as letGo, pickAll, picked, toggle } from "./picked.js";
import { duplicate, join, skip } from "./reshape.js";
import { editsAll } from "./rights.js";
import { say } from "./say.js";
import { add, remove, shift, toggleHard } from "./structure.js";
import { redo, undo } from "./undo.js";

const PAGE = 12;
const COMPUTED = new Set(["state", "projected", "actual"]);

/** "Ctrl+Shift+z": the modifiers, then the key. Cmd counts as Ctrl; with Alt a Mac writes signs, so the key itself counts. */
function nameOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  const letter = altKey && code.startsWith("Key") ? code.slice(3) : key;
  const name = letter === " " ? "Space" : letter.length === 1 ? letter.toLowerCase() : letter;
  const pressed = [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt", shiftKey && "Shift", name];
  return pressed.filter(Boolean).join("+");
}

const standing = {
  ArrowUp: () => go(-1),
  ArrowDown: () => go(1),
  ArrowLeft: () => move(0, -1),
  ArrowRight: () => move(0, 1),
  PageUp: () => go(-PAGE),
  PageDown: () => go(PAGE),
  Home: () => edge(-1, false),
  End: () => edge(1, false),
  "Ctrl+Home": () => elsewhere(() => edge(-1, true)),
  "Ctrl+End": () => elsewhere(() => edge(1, true)),
  "Ctrl+ArrowUp": () => elsewhere(() => toSegment(-1)),
  "Ctrl+ArrowDown": () => elsewhere(() => toSegment(1)),
  "Shift+ArrowUp": () => extend(-1),
  "Shift+ArrowDown": () => extend(1),
  "Shift+Space": () => active() && toggle(active().id),
  "Ctrl+a": () => pickAll(),
  "Ctrl+ArrowLeft": () => edge(-1, false),
  "Ctrl+ArrowRight": () => edge(1, false),
  Tab: () => tab(1),
  "Shift+Tab": () => tab(-1),
  Enter: open,
  F2: open,
  Delete: clear,
  Backspace: clear,
  Escape: () => letGo() || cancel(),
  "Ctrl+d": () => duplicate(),
  "Alt+b": () => tell("ask", "fill"),
  "Alt+t": () => tell("ask", "shift"),
  "Alt+s": () => tell("ask", "split"),
  "Alt+j": () => join(),
  "Alt+k": () => skip(),
  "Shift+?": () => tell("keys"),
  "?": () => tell("keys"),
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

// What is done to rows as wholes.
const OF_ROWS = new Set(["Ctrl+d", "Alt+t", "Alt+s", "Alt+j", "Alt+k", "Alt+h", "Ctrl+Enter", "Ctrl+Backspace", "Alt+ArrowUp", "Alt+ArrowDown", "Shift+F10", "ContextMenu"]);

const typing = {
  Enter: () => chooseOrFinish(() => move(1, 0)),
  "Shift+Enter": () => chooseOrFinish(() => move(-1, 0)),
  "Ctrl+Enter": () => forAll(),
  Tab: () => chooseOrFinish(() => tab(1)),
  "Shift+Tab": () => chooseOrFinish(() => tab(-1)),
  Escape: () => cancel(),
  ArrowUp: (area) => offers.step(area, -1) || leaveBy(-1),
  ArrowDown: (area) => offers.step(area, 1) || leaveBy(1),
  "Alt+Enter": (area) => breakLine(area),
};

/** Leave the chosen rows. */
function elsewhere(move) {
  letGo();
  move();
}

const go = (rows) => elsewhere(() => move(rows, 0));

/** What is typed goes into all the chosen rows. */
function forAll() {
  const ids = picked();
  if (ids.length < 2) {
    finish();
    return;
  }
  const { key, text, bases } = giveUp();
  const why = fill(ids, key, text, bases);
  if (why) say(why, { alert: true });
}

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
  else say(t(whyNot(here.key)));
}

/** A cell that only shows: to everybody, or because the column is not mine to fill. */
const whyNot = (key) => (editsAll || COMPUTED.has(key) ? "shows_only" : "not_yours");

function clear() {
  const here = active();
  if (picked().length && editsAll) {
    tell("ask", "remove");
    return;
  }
  if (here && fieldOf(here.key)) enter("");
}

function toSegment(step) {
  let tr = active()?.tr ?? null;
  do tr = tr && nextRow(tr, step);
  while (tr && tr.dataset.kind !== "segment");
  if (tr) select(tr);
}

const deedOf = (name) => (editsAll || !OF_ROWS.has(name) ? standing[name] : undefined);

/** The editor's keydown. Keys of an input method are its own. */
export function press(event, area) {
  if (event.isComposing || event.keyCode === 229) {
    if (!isEditing()) place();
    return;
  }
  const name = nameOf(event);
  const deed = isEditing() ? typing[name] : deedOf(name);
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
  if (fieldOf(active()?.key ?? "")) {
    place();
    return;
  }
  event.preventDefault();
  if (!editsAll && active()) say(t(whyNot(active().key)));
}
