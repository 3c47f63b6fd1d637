// What waits or was refused, as lines with what can be done about them; and what is applied can be undone.

import { now } from "./clock.js";
import { clashes, leftOf } from "./clash.js";
import { dated } from "./dated.js";
import { ico, make } from "./dom.js";
import { discard, isFlying, mayHave, refusals, repeat, send } from "./op.js";
import { page } from "./page.js";
import { reason } from "./reasons.js";
import { hear } from "./signal.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

// What was tapped longer ago is no longer in anybody's fingers: one line says how much has gone out.
const FRESH_MS = 15_000;

let sent = 0;

/** One op, as a line: when, what, its state; and why, with what can be done. */
export function opLine(entry) {
  const isRefused = entry.state === "refused";
  const state = isRefused ? "refused" : "pending";
  const badge = make("span", { class: "badge", "data-state": state }, ico(isRefused ? "triangle-alert" : "hourglass"), make("span", {}, t(state)));
  const head = [make("time", {}, dated(entry.since)), make("p", {}, make("b", {}, entry.title)), badge];
  return make("li", { class: "op", "data-state": state, "data-op-id": entry.op.id }, ...head, ...(isRefused ? why(entry) : [waits(entry)]));
}

function waits(entry) {
  return make("div", { class: "btns" }, button("dont_send", () => hold(entry)));
}

/** What is on the wire can't be held back; of what may have arrived, its row will tell. */
function hold(entry) {
  if (isFlying(entry)) {
    toast(t("on_the_wire"));
    return;
  }
  if (mayHave(entry)) toast(t("may_have_arrived"));
  discard(entry);
}

/** Why, and the ways on; of an edit that somebody was faster with, both sides. */
function why(entry) {
  const { error, op } = entry;
  if (error.code === "stale" && op.args.set && Object.keys(error.now ?? {}).length) {
    const keep = () => again(entry, { base: error.version });
    return [clashes(error, op.args.set, keep, () => yieldTo(entry))];
  }
  const before = error.code === "after_refused" ? refusals().find((each) => each.op.id === op.after_op) : null;
  return [make("p", { class: "op-why" }, [reason(error), before?.title].filter(Boolean).join(" · ")), make("div", { class: "btns" }, ...waysOn(entry))];
}

/** Mine stands, and so do my edits that were made on top of it. */
function again(entry, changes) {
  repeat(entry, changes);
  for (const next of refusals()) if (next.op.after_op === entry.op.id && next.op.op === "cue.edit" && next.error.code === "after_refused") again(next, changes);
}

/** Theirs stays; what nobody else changed is still mine to say. */
function yieldTo(entry) {
  const left = leftOf(entry.op.args.set, entry.error.now);
  if (left) repeat(entry, { args: { set: left }, base: entry.error.version });
  else discard(entry);
}

function waysOn(entry) {
  const { code, now = {} } = entry.error;
  const drop = (word) => button(word, () => discard(entry), "main");
  if (code === "already_called" && entry.op.op === "cue.go") return [button("call_anyway", () => repeat(entry, { args: { current: now.current ?? null } })), drop("understood")];
  if (code === "old") return [button("send_anyway", () => repeat(entry)), drop("discard")];
  if (code === "stale" && ["cue.act", "note.put"].includes(entry.op.op)) return [button("send_anyway", () => repeat(entry, { base: entry.error.version })), drop("understood")];
  return [button("send_again", () => repeat(entry)), drop("understood")];
}

function button(word, act, kind) {
  const made = make("button", { class: "btn", type: "button", "data-size": "small", "data-kind": kind }, t(word));
  made.addEventListener("click", act);
  return made;
}

function applied(entry, result) {
  if (now() - entry.since > FRESH_MS) {
    sent += 1;
    toast(t("sent_later", { n: sent }));
    return;
  }
  const { undo } = result.result ?? {};
  if (!undo) return;
  const back = { row: entry.row, title: `${t("undo")} · ${entry.title}`, base: undo.base_version };
  toast(entry.title, { action: t("undo"), act: () => send(undo.op, undo.args, back) });
}

export function start() {
  hear("answered", ({ entry, result, isShown }) => {
    if (isShown || entry.event !== page.event) return;
    if (result.status === "applied") applied(entry, result);
  });
  hear("outbox", ({ waiting }) => {
    if (!waiting.length) sent = 0;
  });
}
