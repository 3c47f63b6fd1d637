// Who stands ready for what is called next, who has not answered, who on this track needs help; and where the next act is.

import { actOf, wordsOf } from "./acts.js";
import { openDetail } from "./detail.js";
import { ico, make, out } from "./dom.js";
import { nameOf } from "./names.js";
import { rowOf } from "./rows.js";
import { entry } from "./sheet.js";
import { nextAct } from "./target.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const ICONS = { ready: "done", done: "done", help: "hand", none: "planned" };
const ACTS = { arrived: "map-pin", backstage: "door-open", onstage: "mic", late: "clock-alert" };
let shown = "";

/** [person, what they said, of which row] for who is named in the next row, who else answered for it, who needs help. */
function answers(next, track) {
  const found = next ? entry(next) : null;
  const asked = found ? (found.el.dataset.people ?? "").split(" ").filter(Boolean) : [];
  const said = new Map([...(found?.el.querySelectorAll(":scope > .marks > [data-mark]") ?? [])].map(({ dataset }) => [dataset.member, dataset.mark]));
  const here = [...new Set([...asked, ...said.keys()])].map((id) => [id, said.get(id) ?? "none", next]);
  const rows = `[data-list="cue"] > [data-track="${CSS.escape(track)}"]:not([data-state="done"])`;
  const help = [...document.querySelectorAll(`${rows} > .marks > [data-mark="help"]`)].map(({ dataset }) => [dataset.member, "help", dataset.of]);
  return [...help, ...here.filter(([, mark]) => mark !== "help")];
}

export function showReady(next, track) {
  const found = answers(next, track);
  const act = nextAct(track);
  const where = act ? wordsOf(act) : "";
  const key = JSON.stringify([found, act, where]);
  if (key === shown) return;
  shown = key;
  out("ready").replaceChildren(...(where ? [whereabouts(act, where)] : []), ...found.map(line));
}

/** Where the next act is; a tap opens its row. */
function whereabouts(id, where) {
  const open = make("button", { type: "button" }, make("b", {}, titleOf(id)), make("small", {}, where));
  open.addEventListener("click", () => openDetail(id));
  return make("li", { "data-where": actOf(id).kind, "data-of": id }, ico(ACTS[actOf(id).kind]), open);
}

function line([person, said, row]) {
  const { phone } = rowOf(`contact-${person}`)?.dataset ?? {};
  const words = [make("b", {}, nameOf("people", person)), make("small", {}, t(`mark_${said}`))];
  const inside = said === "help" && phone ? make("a", { href: `tel:${phone}`, "aria-label": t("call_named", { name: nameOf("people", person) }) }, ...words) : make("span", {}, ...words);
  return make("li", { "data-mark": said, "data-of": row }, ico(ICONS[said]), inside);
}
