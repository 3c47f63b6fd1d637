// The columns: which ones are in sight (remembered in this browser), and that every row has a cell for each of them.

import { make, mark } from "../dom.js";
import { may, me } from "../me.js";
import { page } from "../page.js";
import { refetch } from "../refetch.js";
import { rowOf } from "../rows.js";
import { hear } from "../signal.js";
import { keep, kept } from "../store.js";
import { body, heads, show as showActive, table } from "./cells.js";
import { isEditing } from "./editor.js";

const KEY = `grid:${page.event}:away`;
// What few sheets use stands away until somebody wants it.
const seldom = () => heads().filter(({ dataset }) => "seldom" in dataset).map(({ dataset }) => dataset.key);
const ALWAYS = new Set(["state", "number", "start", "title"]);

const away = new Set(kept(KEY)?.split(" ").filter(Boolean) ?? seldom());
// Until somebody chooses, the columns are those of their department.
let isChosen = kept(KEY) !== null;
const style = new CSSStyleSheet();
let isStale = false;

export const isAway = (key) => away.has(key);

export function toggle(key) {
  if (!away.delete(key)) away.add(key);
  choose();
}

/** Show a set of columns: "all", or "mine", those of my department and of nobody in particular. */
export function showSet(name) {
  away.clear();
  for (const key of name === "mine" ? [...seldom(), ...foreign()] : []) away.add(key);
  choose();
}

function choose() {
  isChosen = true;
  keep(KEY, [...away].join(" ") || " ");
  apply();
}

/** Whether my department has a column of its own here. */
export const hasMine = () => heads().some(({ dataset }) => dataset.dept && dataset.dept === me()?.dept);

/** Other departments' columns. */
const foreign = () => heads().filter(({ dataset }) => dataset.dept && dataset.dept !== me()?.dept).map(({ dataset }) => dataset.key);

/** Who works for one department begins with its columns; who plans the whole with all of them. */
function begin() {
  if (isChosen || !hasMine() || may("configure")) return;
  for (const key of foreign()) away.add(key);
  apply();
}

/** Columns that may be put away: [key, name]. */
export const choices = () => heads().filter((head) => !ALWAYS.has(head.dataset.key)).map((head) => [head.dataset.key, head.textContent]);

function apply() {
  const rules = heads().map((head, index) => {
    mark(head, "data-away", away.has(head.dataset.key));
    return away.has(head.dataset.key) ? `.grid :is(col, th, td):nth-child(${index + 1}) { display: none; }` : "";
  });
  style.replaceSync(rules.join("\n"));
}

/** Give a row a cell for each column, in the order of the head. A row that knows more columns than we means: look anew. */
function fit(tr) {
  const wanted = heads();
  isStale ||= tr.cells.length > wanted.length;
  if (tr.cells.length >= wanted.length) return;
  const cells = new Map([...tr.cells].filter((cell) => cell.dataset.field?.startsWith("columns.")).map((cell) => [cell.dataset.field, cell]));
  const note = tr.querySelector('[data-field="note"]');
  for (const cell of cells.values()) cell.remove();
  const columns = wanted.filter((head) => head.dataset.key.startsWith("columns."));
  note.before(...columns.map(({ dataset: { key } }) => cells.get(key) ?? make("td", { "data-field": key })));
}

const fitAll = () => [...body().rows].forEach(fit);

/** Fetch the head anew, but not under the hands of somebody who types. */
function renew() {
  if (!isStale || isEditing()) return;
  isStale = false;
  refetch();
}

function takeHead(fresh) {
  const head = fresh.querySelector("table.grid > thead");
  const widths = fresh.querySelector("table.grid > colgroup");
  if (!head || head.isEqualNode(table().tHead)) return;
  table().tHead.replaceWith(document.adoptNode(head));
  table().querySelector("colgroup").replaceWith(document.adoptNode(widths));
  apply();
  fitAll();
}

export function start() {
  document.adoptedStyleSheets.push(style);
  apply();
  fitAll();
  begin();
  hear("me", begin);
  hear("swap", ({ fresh }) => takeHead(fresh));
  hear("rows", ({ changed }) => {
    for (const id of changed.filter((each) => each.startsWith("cue-"))) {
      const tr = rowOf(id);
      if (tr?.localName === "tr") fit(tr);
    }
    showActive();
    renew();
  });
  hear("edited", renew);
}
