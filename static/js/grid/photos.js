// Photos and files in the table: pasted or dropped on a row, or into a department's cell, which then shows one small.

import { mark } from "../dom.js";
import { add, ownOf, start as begin } from "../photos_own.js";
import { reason } from "../reasons.js";
import { rowOf } from "../rows.js";
import { hear, tell } from "../signal.js";
import { active, keyAt } from "./cells.js";
import { editsAll } from "./rights.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";
import { remember } from "./undo.js";

const CELL = "columns.";

/** Hang files on a row, in the cell of a column if it is a department's. */
function hang(id, key, files) {
  const column = key.startsWith(CELL) ? key.slice(CELL.length) : "";
  const title = titleOf(id);
  add(id, files, { title, column, told: (result) => told(result, title, key) });
}

function told(result, title, key) {
  if (result.status === "applied") {
    remember(result, { key, title });
    tell("landed", {});
  } else say(`${title}: ${reason(result.error)}`, { alert: true });
}

/** Excel puts a picture of its cells beside their text: then the text is meant. */
function paste(event) {
  const { files } = event.clipboardData;
  const here = active();
  if (!files.length || !here || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  event.stopPropagation();
  hang(here.id, here.key, [...files]);
}

const isFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");

function drop(event) {
  if (!isFiles(event)) return;
  // Beside a cell the browser would open the file in place of the page.
  event.preventDefault();
  const cell = event.target.closest(".grid tbody :is(td, th)");
  const { id } = cell?.parentElement.dataset ?? {};
  if (id) hang(id, keyAt(cell.cellIndex), [...event.dataTransfer.files]);
}

/** Each cell shows the newest of its photos, and how many there are. */
function show() {
  const cells = new Map();
  for (const file of document.querySelectorAll(".grid .file[data-column]")) {
    const cell = rowOf(`cue-${file.dataset.of}`)?.querySelector(`[data-field="${CELL}${file.dataset.column}"]`);
    if (cell) cells.set(cell, [...(cells.get(cell) ?? []), file]);
  }
  for (const cell of document.querySelectorAll(".grid [data-photos]")) if (!cells.has(cell)) mark(cell, "data-photos", false);
  for (const [cell, files] of cells) {
    mark(cell, "data-photos", files.length);
    const address = files.map(pictureOf).findLast(Boolean);
    cell.style.setProperty("--photo", address ? `url("${address}")` : "none");
  }
}

const pictureOf = (file) => file.querySelector("img")?.getAttribute("src") ?? ownOf(file.dataset.blob)?.url;

/** Files are hung on rows by those who edit the sheet. */
function take() {
  document.addEventListener("paste", paste, { capture: true });
  document.addEventListener("dragover", (event) => isFiles(event) && event.preventDefault());
  document.addEventListener("drop", drop);
}

export function start() {
  if (editsAll) take();
  hear("files", show);
  begin();
}
