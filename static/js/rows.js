// Rows as the server sends them: in the page, in a frame of the socket, in the answer to an op. A row goes into its
// list, a newer one takes its place, a <del> takes it out. An older one than we hold is ignored.

import { make } from "./dom.js";
import { renew } from "./renew.js";
import { tell } from "./signal.js";

// What hangs on a row, in the order in which its lists stand there, and what stands behind them.
const HANGING = new Map([["act", "acts"], ["note", "notes"], ["attachment", "files"], ["mark", "marks"]]);
const BEHIND = ":scope > :is(.cue-waits, .cue-acts, .act-says)";
const gone = new Map();

/** Take in the rows of an answer or a frame. Gives them as they are kept: {id, seq, html}. */
export function apply(html) {
  const rows = parse(html);
  // lint: html, this reads markup; it came from our own server
  const kept = rows.map((row) => ({ id: idOf(row), seq: Number(row.dataset.v), html: row.outerHTML }));
  change(rows);
  return kept;
}

const idOf = (row) => (row.localName === "del" ? `${row.dataset.kind}-${row.dataset.id}` : row.id);

/** Take in rows that were kept, as `apply` gave them: before any part follows the rows, or holds on to one. */
export function restore(rows) {
  const told = nothing();
  for (const row of cuesFirst(parse(rows.map(({ html }) => html).join("")))) {
    const old = rowOf(row.id);
    if (old && row.id.startsWith("cue-")) replace(old, row);
    else take(row, told);
  }
}

/** A newer row in the place of an older one, whole; only what hangs on it moves over. */
function replace(old, fresh) {
  if (versionOf(fresh) <= versionOf(old)) return;
  for (const list of old.querySelectorAll("[data-list]")) {
    if (list.firstChild) listIn(fresh, list.dataset.list.split(" ")[0])?.append(...list.childNodes);
  }
  old.replaceWith(fresh);
}

/** Take over all the lists of a freshly fetched document in one step. `force`: versions of another epoch don't compare. */
export function swap(fresh, force = false) {
  const rows = [...fresh.querySelectorAll("[data-list] > *, [data-loose] > *")].map((row) => document.adoptNode(row));
  const held = new Set(rows.map((row) => row.id));
  if (force) gone.clear();
  const lost = everyRow().filter((row) => !held.has(row.id) && kindOf(row) !== "me");
  change([...rows, ...lost.map(farewell)], force);
  // What is mine alone is in no document; it comes again by the socket, and must not look older than its farewell.
  gone.clear();
}

/** Put what the document brought for lists inside other rows (marks, notes) where it belongs. */
export function settleLoose() {
  change([...document.querySelectorAll("[data-loose] > *")]);
}

export const rowOf = (id) => document.getElementById(id);

const lists = new Map();

/** All rows of a kind that has one list of its own in the page. It is looked for once: each search goes through every row. */
export function rowsOf(kind) {
  if (!lists.get(kind)?.isConnected) lists.set(kind, document.querySelector(`[data-list="${kind}"]`));
  return [...(lists.get(kind)?.children ?? [])];
}

/** A row's kind of entity: its id up to the first hyphen. */
const kindOf = (row) => row.id.slice(0, row.id.indexOf("-"));

const versionOf = (row) => Number(row?.dataset.v ?? -1);

function everyRow() {
  return [...document.querySelectorAll("[data-list] > [data-v]")];
}

function farewell(row) {
  const del = document.createElement("del");
  Object.assign(del.dataset, { kind: kindOf(row), id: row.dataset.id, v: row.dataset.v });
  return del;
}

function parse(html) {
  const holder = document.createElement("template");
  // A table's rows are only parsed inside one; what is no table row stands before it then.
  const text = html.includes("<tr") ? `<table><tbody>${html}</tbody></table>` : html;
  // lint: html, rows come from our own server, which escapes every text in them
  holder.innerHTML = text;
  const loose = [...holder.content.children].filter((row) => row.localName !== "table");
  return [...holder.content.querySelectorAll("tr[id]"), ...loose];
}

function change(rows, force = false) {
  const told = nothing();
  for (const row of cuesFirst(rows)) take(row, told, force);
  if (told.changed.length || told.gone.length) tell("rows", told);
  return told;
}

const nothing = () => ({ changed: [], gone: [], was: new Map() });

/** What hangs on a row comes after it. */
const cuesFirst = (rows) => [...rows.filter(isCue), ...rows.filter((row) => !isCue(row))];

const isCue = (row) => row.localName === "del" || row.id.startsWith("cue-");

const take = (row, told, force) => (row.localName === "del" ? remove : put)(row, told, force);

function remove({ dataset }, told, force) {
  const id = `${dataset.kind}-${dataset.id}`;
  const row = rowOf(id);
  if (!force && versionOf(row) > Number(dataset.v)) return;
  gone.set(id, Number(dataset.v));
  if (!row) return;
  row.remove();
  told.gone.push(id);
}

function put(fresh, told, force) {
  const version = versionOf(fresh);
  const old = rowOf(fresh.id);
  const standing = old && !old.closest("[data-loose]") ? old : null;
  if (version <= (gone.get(fresh.id) ?? -1)) return;
  if (standing && standing !== fresh && version <= versionOf(standing) && !(force && version !== versionOf(standing))) return;
  if (standing) {
    told.was.set(fresh.id, standing.cloneNode(true));
    const isMoved = !isCue(fresh) && fresh.dataset.order !== standing.dataset.order;
    renew(standing, fresh);
    if (isMoved) insert(standing);
  } else if (!insert(fresh)) {
    return;
  }
  gone.delete(fresh.id);
  told.changed.push(fresh.id);
}

/** Put an unknown row into its list by its order key; the sheet itself puts cues in tree order. */
function insert(row) {
  const list = listFor(row);
  if (!list) return false;
  let next = null;
  row.remove();
  if (!isCue(row)) {
    for (let each = list.lastElementChild; each && isAfter(each, row); each = each.previousElementSibling) next = each;
  }
  list.insertBefore(row, next);
  return true;
}

const isAfter = (one, other) => (one.dataset.order === other.dataset.order ? one.id > other.id : one.dataset.order > other.dataset.order);

function listFor(row) {
  const { of } = row.dataset;
  return of ? listIn(rowOf(`cue-${of}`), kindOf(row)) : document.querySelector(`[data-list~="${kindOf(row)}"]`);
}

/**
 * A row's list of what hangs on it. On a phone the server sends none, since hundreds of empty ones take their time to
 * read: it is made for what comes first. Null where the row takes nothing of this kind.
 */
export function listIn(row, kind) {
  const there = row?.querySelector(`[data-list~="${kind}"]`) ?? null;
  if (there || !row || !takes(row, kind)) return there;
  const made = make("ul", { class: HANGING.get(kind), "data-list": kind });
  const kinds = [...HANGING.keys()];
  const listsOf = (some) => some.map((each) => row.querySelector(`:scope > .${HANGING.get(each)}`)).filter(Boolean);
  const [before, after] = [listsOf(kinds.slice(0, kinds.indexOf(kind))), listsOf(kinds.slice(kinds.indexOf(kind) + 1))];
  if (before.length) before.at(-1).after(made);
  else row.insertBefore(made, after[0] ?? row.querySelector(BEHIND));
  return made;
}

/** A phone's row that is no heading; where an act is hangs on items alone. */
const takes = (row, kind) => HANGING.has(kind) && row.querySelector(":scope > .cue-meta") && (kind !== "act" || row.dataset.kind === "item");
