// One plan in full: what it is, what to read out, what it would change and what that makes of the times.

import { ico, make } from "./dom.js";
import { clock, late } from "./format.js";
import { me } from "./me.js";
import { nameOf } from "./names.js";
import { isPending } from "./op.js";
import { page } from "./page.js";
import { titleOf } from "./turn.js";
import { differences } from "./variants_diff.js";
import { maySwitch, variantOn } from "./variants_read.js";
import { t } from "./words.js";

const BADGES = { cut: ["skipped", "plan_cut"], in: ["planned", "plan_in"], stays: ["live", "plan_stays"] };

const badge = (state, word) => make("span", { class: "badge", "data-state": state }, ico(state === "pending" ? "hourglass" : state), make("span", {}, word));

/** All that there is to say of one. `whose`: "me" or "all" · `chooser`: the element by which one chooses that. */
export function parts(variant, whose, chooser) {
  const { lines, tracks } = differences(variant, variantOn(variant.day));
  const shown = whose === "me" ? lines.filter(({ mine }) => mine) : lines;
  const sums = make("section", { class: "plan-sums" }, tally(lines), ...tracks.map(track));
  return [about(variant), announcement(variant), sums, lines.length ? chooser : null, ...rows(shown, whose)].filter(Boolean);
}

/** Whether a row of mine is different with it. */
export const touchesMe = (variant) => differences(variant, variantOn(variant.day)).lines.some(({ mine }) => mine);

function about(variant) {
  const { isOn, at, by, decide, decider, name, label, id } = variant;
  const state = isPending(`variant-${id}`) ? badge("pending", t("pending")) : badge(isOn ? "live" : "planned", t(isOn ? "plan_on" : "plan_off"));
  const said = isOn ? [t("plan_since", { time: clock(at, page.zone), name: nameOf("people", by) })] : [decide && t("plan_by", { time: clock(decide, page.zone) }), decider && t("plan_who", { name: nameOf("people", decider) })];
  return make("section", { class: "plan-about" }, make("h3", {}, name || label), make("p", { class: "bunch" }, state, make("span", {}, said.filter(Boolean).join(" · "))), maySwitch(variant) ? null : make("p", { class: "hint" }, asked(variant)));
}

const asked = ({ decider }) => (decider && decider !== me()?.id ? t("plan_asked", { name: nameOf("people", decider) }) : t("plan_asked_nobody"));

function announcement({ announce }) {
  return announce ? make("section", { class: "plan-say" }, make("h4", {}, t("plan_read")), make("q", {}, announce)) : null;
}

function tally(lines) {
  const count = (kind) => lines.filter(({ is }) => is === kind).length;
  const counts = [["cut", count("cut")], ["in", count("in")], ["changed", count("changed")], ["moved", count("moved")]].filter(([, n]) => n);
  return make("p", { class: "plan-sum" }, counts.length ? counts.map(([kind, n]) => t(`plan_n_${kind}`, { n })).join(" · ") : t("plan_none"));
}

/** A track: how late, and what there is before its next hard time, as it is and as it would be. */
function track({ track: id, from, to }) {
  const lateness = fromTo(t("plan_late"), late(from?.offset ?? 0), late(to?.offset ?? 0));
  return make("dl", { class: "plan-track" }, make("div", {}, make("dt", {}, nameOf("tracks", id)), make("dd", {}, lateness)), room(from, to));
}

const saved = (standing) => (standing?.save > 0 ? `−${plain(standing.save)}` : standing?.left === null || !standing ? "–" : plain(standing.left));
const plain = (ms) => late(ms).replace("+", "");

function room(from, to) {
  if (saved(from) === "–" && saved(to) === "–") return null;
  return make("div", { "data-tone": to?.save > 0 ? "stop" : false }, make("dt", {}, t("plan_room")), make("dd", {}, ...change(saved(from), saved(to))));
}

const change = (old, fresh) => (old === fresh || old === null ? [make("b", {}, fresh)] : [make("del", {}, old || "–"), " → ", make("b", {}, fresh || "–")]);
const fromTo = (word, old, fresh) => make("span", {}, `${word} `, ...change(old, fresh));

function rows(lines, whose) {
  const told = lines.filter(({ is }) => is !== "moved");
  const moved = lines.filter(({ is }) => is === "moved");
  if (!lines.length && whose === "me") return [make("p", { class: "hint" }, t("plan_none_mine"))];
  const list = make("ul", { class: "plan-rows" }, ...told.map(line));
  if (!moved.length) return [list];
  return [list, make("details", { class: "cells-edit" }, make("summary", {}, t("plan_moved", { n: moved.length })), make("ul", { class: "plan-rows" }, ...moved.map(line)))];
}

function line({ id, is, changes, from, to }) {
  const sign = BADGES[is] ? badge(BADGES[is][0], t(BADGES[is][1])) : null;
  const time = is === "cut" ? [make("del", {}, from)] : is === "stays" ? [make("b", {}, from)] : change(from, to);
  const values = changes.map(([word, old, fresh]) => make("p", {}, make("small", {}, `${word} `), ...change(old, fresh)));
  return make("li", { "data-is": is }, make("p", { class: "plan-when" }, ...(from || to ? time : [])), make("p", { class: "plan-title" }, titleOf(id)), sign, ...values);
}
