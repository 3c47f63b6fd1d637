// What has changed for me, old → new, until I say 知道了: one button for all of it. It buzzes once, and when somebody
// reminds me of it.

import { attract } from "./attention.js";
import { openDetail } from "./detail.js";
import { mark, out, write } from "./dom.js";
import { me } from "./me.js";
import { notices, openTo } from "./notices.js";
import { send, waiting } from "./op.js";
import { rowsOf } from "./rows.js";
import { screen } from "./screens.js";
import { entry } from "./sheet.js";
import { hear } from "./signal.js";
import { number } from "./version.js";
import { t } from "./words.js";

const ROW = "notices";
// For what was buzzed already, by what it said then.
const heard = new Map();
// What comes together is read aloud together.
const TOGETHER_MS = 1000;
let said = "";
let saying = 0;

/** What I have answered here and is not on the server yet. */
const answering = () => new Map(waiting().filter(({ op }) => op.op === "notice.ack").flatMap(({ op }) => op.args.notices.map(({ id, seq }) => [id, seq])));

function mine() {
  if (!me()) return [];
  // A notice is not sent anew to those who have answered it: what they have answered stands in rows of their own.
  const answered = new Map(rowsOf("ack").map(({ dataset }) => [dataset.notice, Number(dataset.sent)]));
  return notices().filter((notice) => openTo(notice).includes(me().id) && (answered.get(notice.id) ?? 0) < notice.sent);
}

function refresh() {
  const sent = answering();
  const open = mine();
  const unanswered = open.filter(({ id, sent: seq }) => (sent.get(id) ?? 0) < seq);
  const shown = new Set(unanswered.map(({ row }) => row));
  for (const row of rowsOf("notice")) row.hidden = !shown.has(row.id);
  out("told").hidden = open.length === 0;
  out("told").dataset.is = unanswered.length ? "open" : "sending";
  const head = unanswered.length ? headOf(unanswered) : "";
  write(out("told-head"), head || t("told_sending"));
  say(head);
  if (!unanswered.length) unfold(false);
  buzz(unanswered);
}

function say(text) {
  if (text === said) return;
  said = text;
  clearTimeout(saying);
  saying = setTimeout(() => write(out("told-said"), text), TOGETHER_MS);
}

function unfold(isOpen) {
  mark(out("told"), "data-open", isOpen);
  mark(out("told").querySelector("h2 > button"), "aria-expanded", String(isOpen));
}

/** Whoever calls reads them on Now. */
function turn() {
  const isCall = screen() === "call";
  if (isCall) location.hash = "#now";
  unfold(isCall || !out("told").hasAttribute("data-open"));
}

function headOf(open) {
  const said = open.some(({ edition }) => edition) ? t("told_edition", { version: `v${number()}`, n: open.length }) : t("told_live", { n: open.length });
  const reminder = Math.max(0, ...open.map(({ reminded }) => reminded.get(me().id) ?? 0));
  return reminder ? `${said} · ${t("told_again")}` : said;
}

function buzz(open) {
  const fresh = open.filter(({ id, sent, reminded }) => heard.get(id) !== `${sent} ${reminded.get(me().id)}`);
  for (const { id, sent, reminded } of open) heard.set(id, `${sent} ${reminded.get(me().id)}`);
  if (fresh.length && document.body.dataset.ready === "") attract("news");
}

function answer() {
  const open = mine().map(({ id, sent }) => ({ id, seq: sent }));
  if (open.length) send("notice.ack", { notices: open }, { row: ROW, title: t("understood") });
}

function pressed({ target }) {
  if (target.closest("[data-told-ack]")) answer();
  if (target.closest("h2")) turn();
  const { cue } = target.closest(".notice-row")?.dataset ?? {};
  if (cue && entry(cue)) openDetail(cue);
}

export function start() {
  out("told").addEventListener("click", pressed);
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => /^(notice|ack|sheet)-/.test(id)) && refresh());
  for (const name of ["me", "outbox", "ready"]) hear(name, refresh);
  hear("board", ({ changed }) => changed && refresh());
  refresh();
}
