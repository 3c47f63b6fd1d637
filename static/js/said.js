// Comments on rows: how many there are on each, what they say beside the row that is open, and that a new one of
// somebody else calls for the people of its row, and for nobody else.

import { ico, make, out } from "./dom.js";
import { dated } from "./dated.js";
import { may, me } from "./me.js";
import { announce } from "./news.js";
import { newId, send, waiting } from "./op.js";
import { page } from "./page.js";
import { listIn, rowOf, rowsOf } from "./rows.js";
import { entries } from "./sheet.js";
import { hear } from "./signal.js";
import { keep, kept } from "./store.js";
import { t } from "./words.js";

// So much of a text is told with it: what is refused is not lost with its line.
const SAID = 80;
const KEY = `comments:${page.event}`;
let current = () => null;
let titleOf = () => "";

const all = () => rowsOf("comment");
const words = (text) => (text ?? "").split(" ").filter(Boolean);

/** Whether a row is mine to hear of: I am responsible for it, my department stands in it, or I have spoken there. */
function touches({ dataset }) {
  const spoke = all().some((said) => said.dataset.cue === dataset.id && said.dataset.member === me().id);
  return spoke || words(dataset.people).includes(me().id) || words(dataset.depts).includes(me().dept);
}

/** Everything newer than what this phone has told: what comes while it was away, too. */
function tellNew() {
  if (!me()) return;
  const told = kept(KEY);
  const newest = String(Math.max(Number(told ?? 0), ...all().map(({ dataset }) => Number(dataset.v))));
  if (told === newest) return;
  keep(KEY, newest);
  if (told === null) return;
  const fresh = all().filter(({ dataset }) => Number(dataset.v) > Number(told) && dataset.member !== me().id);
  const rows = new Set(fresh.map(({ dataset }) => rowOf(`cue-${dataset.cue}`)));
  for (const row of rows) if (row && touches(row)) announce(row, true);
}

/** On each row that has some, how many. */
function count() {
  const found = new Map();
  for (const { dataset } of all()) found.set(dataset.cue, (found.get(dataset.cue) ?? 0) + 1);
  for (const { el, row } of entries()) {
    const old = el.querySelector(".talk");
    const n = found.get(row.id) ?? 0;
    if (old?.dataset.n === String(n) || (!old && !n)) continue;
    old?.remove();
    if (n) listIn(el, "mark")?.append(make("li", { class: "talk", "data-n": n, title: t("comments_n", { n }) }, ico("message"), make("b", {}, String(n))));
  }
}

/** Show what was said of the row that is open. What stands there already stays, since somebody may be on its buttons. */
export function show(id = current()) {
  const said = all().filter(({ dataset }) => dataset.cue === id);
  const own = waiting().filter(({ op }) => op.op === "comment.add" && op.args.cue === id && !rowOf(`comment-${op.args.id}`));
  out("comments-form").hidden = !id;
  const lines = [...said.map(line), ...own.map(waits)];
  const list = out("comments-list");
  if (lines.length === list.children.length && lines.every((each, n) => each.isEqualNode(list.children[n]))) return;
  // By keyboard one goes on from here, where a button goes that one was at.
  const isAtKeys = list.querySelector(":focus-visible");
  list.replaceChildren(...lines);
  if (isAtKeys) out("comments-form").elements.text.focus();
}

function line({ dataset, children: [name, text] }) {
  const isMine = dataset.member === me()?.id || may("edit_sheet");
  const strike = isMine ? [make("button", { class: "btn", type: "button", "data-size": "small", "data-unsay": dataset.id }, t("comment_strike"))] : [];
  return entryOf(Number(dataset.at), text.textContent, name.textContent, ...strike);
}

const entryOf = (at, text, name, ...more) => make("li", { class: "entry" }, make("time", {}, dated(at)), make("p", {}, make("b", {}, text), make("small", {}, name)), ...more);

const waits = ({ op, since }) => entryOf(since, op.args.text, t("pending"));

function say(event) {
  event.preventDefault();
  const field = out("comments-form").elements.text;
  const [text, cue] = [field.value.trim(), current()];
  if (!text || !cue) return;
  field.value = "";
  const id = newId();
  send("comment.add", { id, cue, text }, { row: `comment-${id}`, title: `${titleOf(cue)} · ${text.slice(0, SAID)}` });
}

function pressed({ target }) {
  const id = target.closest("[data-unsay]")?.dataset.unsay;
  if (id) send("comment.strike", { id }, { row: `comment-${id}`, title: t("comment_strike") });
}

function refresh() {
  tellNew();
  count();
  show();
}

/** `of` gives the row whose comments show, `named` its title. */
export function begin({ of, named }) {
  current = of;
  titleOf = named;
  out("comments-form").addEventListener("submit", say);
  out("comments-list").addEventListener("click", pressed);
  hear("outbox", () => show());
  for (const name of ["rows", "me"]) hear(name, refresh);
  refresh();
}
