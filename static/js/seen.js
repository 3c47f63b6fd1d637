// Who has seen what has changed for them and who has not, for callers and editors: call them, or remind them all.

import { make, outs, out, show, write } from "./dom.js";
import { may } from "./me.js";
import { nameOf } from "./names.js";
import { notices, openTo } from "./notices.js";
import { send } from "./op.js";
import { callButton, radioOf } from "./reach.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

let shown = "";

/** {asked, late}: how many were asked, and of whom an answer is missing, each with the rows that it is missing for. */
function standing() {
  const asked = new Set();
  const late = new Map();
  for (const notice of notices()) {
    for (const who of notice.to) asked.add(who);
    for (const who of openTo(notice)) late.set(who, [...(late.get(who) ?? []), notice]);
  }
  return { asked: asked.size, late };
}

function line([who, open]) {
  const rows = open.map(({ row, cue, edition }) => (cue === "sheet" ? `v${edition}` : document.getElementById(row)?.querySelector("b")?.textContent.trim())).filter(Boolean);
  const reminded = open.some(({ reminded: at }) => at.has(who)) ? t("seen_reminded") : "";
  const about = [radioOf(who), reminded].filter(Boolean).join(" · ");
  return make("li", { class: "row" }, make("p", { class: "row-main" }, make("b", {}, nameOf("people", who)), make("small", {}, about), make("small", {}, rows.slice(0, 3).join(t("comma")))), callButton(who));
}

function refresh() {
  if (!may("remind") || !out("seen-list")) return;
  const { asked, late } = standing();
  show("seen-n", `${asked - late.size}/${asked}`);
  for (const each of outs("seen-open")) each.hidden = late.size === 0;
  show("seen-late", t("seen_late", { n: late.size }));
  const key = JSON.stringify([...late].map(([who, open]) => [who, open.map(({ id, sent, reminded }) => [id, sent, reminded.get(who)])]));
  if (key === shown) return;
  shown = key;
  out("seen-list").replaceChildren(...[...late].sort(([one], [other]) => nameOf("people", one).localeCompare(nameOf("people", other))).map(line));
  out("seen-none").hidden = late.size > 0;
  write(out("seen-none"), t(asked ? "seen_all" : "seen_nobody"));
  out("seen-remind").hidden = late.size === 0;
  write(out("seen-remind").querySelector("span"), t("seen_remind", { n: late.size }));
}

function pressed({ target }) {
  if (target.closest("[data-seen-open]")) document.getElementById("seen").showModal();
  if (!target.closest('[data-out="seen-remind"]')) return;
  const to = [...standing().late.keys()];
  if (to.length) send("notice.remind", { to }, { row: "seen", title: t("seen_remind", { n: to.length }) });
}

export function start() {
  document.addEventListener("click", pressed);
  for (const name of ["rows", "me"]) hear(name, refresh);
  hear("board", ({ changed }) => changed && refresh());
  refresh();
}
