// Copy, cut and paste: of one cell, of the chosen rows, of what a spreadsheet has copied.

import { t } from "../words.js";
import { cellAt } from "./bulk.js";
import { active, shownKeys } from "./cells.js";
import { draftOf } from "./drafts.js";
import { enter, isEditing, textHere } from "./editor.js";
import { fieldOf } from "./fields.js";
import { lineOf, pasteTable, tableOf } from "./paste.js";
import { picked } from "./picked.js";
import { say } from "./say.js";

function paste(event) {
  const text = event.clipboardData.getData("text/plain");
  const table = tableOf(text);
  const isOne = table.length === 1 && table[0].length === 1;
  if (isEditing()) {
    pasteInto(event, text, table, isOne);
    return;
  }
  event.preventDefault();
  if (!active()) return;
  if (!isOne || picked().length > 1) pasteTable(table);
  else if (fieldOf(active().key)) enter(table[0][0]);
}

/** Into the text that one types: as it is, but of a table only the first cell. */
function pasteInto(event, text, table, isOne) {
  const isPlain = !text.includes("\t") && (fieldOf(active()?.key ?? "")?.long || isOne);
  if (isPlain) return;
  const area = event.target;
  event.preventDefault();
  area.setRangeText(table[0][0], area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input"));
  if (!isOne) say(t("pasted_first"), { alert: true });
}

function copy(event) {
  if (isEditing()) return;
  event.preventDefault();
  const ids = picked();
  event.clipboardData.setData("text/plain", ids.length ? ids.map(lineAt).join("\n") : textHere());
  if (ids.length) say(t("rows_copied_out", { n: ids.length }));
  else if (event.type === "cut" && fieldOf(active()?.key ?? "")) enter("");
}

/** A row as a spreadsheet takes it: the columns in sight but the first, which says where the show is. */
const lineAt = (id) => lineOf(shownKeys().filter((key) => key !== "state").map((key) => textOf(id, key)));

function textOf(id, key) {
  const at = cellAt(id, key);
  return draftOf(id, key)?.text ?? (fieldOf(key)?.shown(at.cell, at) || at.cell.textContent.trim());
}

export function start() {
  const area = document.querySelector("#cell-editor textarea");
  area.addEventListener("paste", paste);
  area.addEventListener("copy", copy);
  area.addEventListener("cut", copy);
}
