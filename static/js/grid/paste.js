// What a spreadsheet has put on the clipboard, cell by cell from the one that one stands on; rows that are missing are
// added. Columns that only show are passed over. All of it is one step to take back.

import { newId } from "../op.js";
import { t } from "../words.js";
import { MOST_ROWS, tooMany } from "./batch.js";
import { editAll, fill, readAt } from "./bulk.js";
import { active, labelOf, nextRow, shownKeys } from "./cells.js";
import { fieldOf } from "./fields.js";
import { picked } from "./picked.js";
import { spot } from "./places.js";
import { named } from "./reshape.js";
import { editsAll } from "./rights.js";
import { say } from "./say.js";

const CELL = /"((?:[^"]|"")*)"(?=[\t\r\n]|$)|[^\t\r\n]*/y;

/** The rows of cells in a text as spreadsheets write it: tabs between cells, quotes around breaks. */
export function tableOf(text) {
  const rows = [[]];
  for (let at = 0; at <= text.length; ) {
    CELL.lastIndex = at;
    const [whole, quoted] = CELL.exec(text);
    rows.at(-1).push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
    at += whole.length;
    const mark = /^(?:\t|\r\n|\r|\n)/.exec(text.slice(at, at + 2))?.[0];
    if (!mark) break;
    at += mark.length;
    if (mark === "\t") continue;
    if (at >= text.length) break;
    rows.push([]);
  }
  return rows;
}

/** A row of cells as a spreadsheet reads it. */
export const lineOf = (cells) => cells.map((text) => (/[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join("\t");

/** Put a table in from the active cell on; one cell goes into all chosen rows. */
export async function pasteTable(table) {
  const here = active();
  const ids = picked();
  if (table.length === 1 && table[0].length === 1 && ids.length > 1) {
    const why = fill(ids, here.key, table[0][0]);
    if (why) say(why, { alert: true });
    return;
  }
  if (table.length > MOST_ROWS) return void tooMany();
  const keys = shownKeys().slice(shownKeys().indexOf(here.key));
  const { rows, last } = rowsFrom(here.tr, table.length);
  const cells = rows.flatMap((id, line) => cellsOf(id, keys, table[line]));
  const added = editsAll ? adds(last, keys, table.slice(rows.length)) : [];
  if (!cells.length && !added.length) return say(t("shows_only"));
  const what = added.length ? t("n_rows", { n: rows.length + added.length }) : named(rows);
  const left = leftOut(keys, table);
  const done = t(left ? "rows_pasted_part" : "rows_pasted", { what, columns: left });
  await editAll([...cells, ...added.flatMap(({ wrong }) => wrong)], { title: `${t("pasted")} ${what}`, key: here.key, done, before: added.map(({ step }) => step) });
}

/** The names of columns that something was to go into, but which only show. */
function leftOut(keys, table) {
  const filled = (place) => table.some((texts) => texts[place]?.trim());
  return keys.filter((key, place) => filled(place) && !fieldOf(key)).map(labelOf).join(t("comma"));
}

/** So many rows in sight from one on, and the last of them. */
function rowsFrom(tr, most) {
  const rows = [];
  let last = tr;
  for (let each = tr; each && rows.length < most; each = nextRow(each, 1)) {
    rows.push(each.dataset.id);
    last = each;
  }
  return { rows, last };
}

function cellsOf(id, keys, texts) {
  const filled = texts.slice(0, keys.length).map((text, place) => [keys[place], text]).filter(([key]) => fieldOf(key));
  return filled.map(([key, text]) => ({ id, key, ...readAt(id, key, text) }));
}

const AS_BESIDE = { segment: "item", item: "item", buffer: "item", delay: "item", cue: "cue" };

/** A step for each row that is missing, and the cells of it that can't be read. */
function adds(last, keys, table) {
  const kind = AS_BESIDE[last.dataset.kind];
  let place = table.length ? spot(kind, last.dataset.id) : null;
  return table.map((texts) => {
    const id = `r${newId().replaceAll("-", "").slice(0, 12)}`;
    const cells = newCells(last.dataset.id, keys, texts);
    const right = cells.filter((each) => !each.wrong);
    const columns = Object.assign({}, ...right.map(({ set }) => set.columns));
    const set = Object.assign({ title: "" }, ...right.map((each) => each.set), Object.keys(columns).length ? { columns } : {});
    const step = { op: "cue.add", args: { id, kind, ...place, ...set } };
    place = { ...place, after: id };
    return { step, wrong: cells.filter((each) => each.wrong).map((each) => ({ ...each, id })) };
  });
}

/** Cells of a row that isn't there yet, read as beside the last one. Empty ones say nothing. */
function newCells(id, keys, texts) {
  const filled = texts.slice(0, keys.length).map((text, place) => [keys[place], text.trim()]).filter(([key, text]) => text && fieldOf(key));
  return filled.map(([key, text]) => {
    const field = fieldOf(key);
    const said = (field.long ? text : text.replaceAll(/\s*\n\s*/g, " ")).slice(0, field.most);
    return { key, said, ...field.read(said, { id, key, cell: document.createElement("td") }) };
  });
}

