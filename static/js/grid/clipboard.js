// Copy, cut and paste of one cell. A paste of many cells is not taken apart yet: it fills one cell with the first, and
// says so.

import { t } from "../words.js";
import { enter, isEditing, textHere } from "./editor.js";
import { fieldOf } from "./fields.js";
import { active } from "./cells.js";
import { say } from "./say.js";

/** The first cell of what a spreadsheet puts on the clipboard, and whether there were more. */
export function firstCell(text) {
  const quoted = /^"((?:[^"]|"")*)"(?=[\t\r\n]|$)/.exec(text);
  const first = quoted ? quoted[1].replaceAll('""', '"') : /^[^\t\r\n]*/.exec(text)[0];
  const rest = text.slice(quoted ? quoted[0].length : first.length);
  return { first, more: rest.replace(/^\r?\n$/, "") !== "" };
}

function paste(event) {
  const text = event.clipboardData.getData("text/plain");
  const field = fieldOf(active()?.key ?? "");
  const { first, more } = firstCell(text);
  if (isEditing()) {
    const isPlain = !text.includes("\t") && (field?.long || !more);
    if (isPlain) return;
    event.preventDefault();
    const area = event.target;
    area.setRangeText(first, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  } else {
    event.preventDefault();
    if (!field) return;
    enter(first);
  }
  if (more) say(t("pasted_first"), { alert: true });
}

function copy(event) {
  if (isEditing()) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", textHere());
  if (event.type === "cut" && fieldOf(active()?.key ?? "")) enter("");
}

export function start() {
  const area = document.querySelector("#cell-editor textarea");
  area.addEventListener("paste", paste);
  area.addEventListener("copy", copy);
  area.addEventListener("cut", copy);
}
