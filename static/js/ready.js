// Who stands ready for what is called next, who has not answered, and who on this track needs help.

import { ico, make, out } from "./dom.js";
import { nameOf } from "./names.js";
import { rowOf } from "./rows.js";
import { entry } from "./sheet.js";
import { t } from "./words.js";

const ICONS = { ready: "done", done: "done", help: "hand", none: "planned" };
let shown = "";

/** [person, what they said, of which row] for everybody named in the next row, and for each call for help. */
function answers(next, track) {
  const found = next ? entry(next) : null;
  const asked = found ? (found.el.dataset.people ?? "").split(" ").filter(Boolean) : [];
  const said = (id) => rowOf(`mark-${next}:${id}`)?.dataset.mark ?? "none";
  const here = asked.map((id) => [id, said(id), next]);
  const rows = `[data-list="cue"] > [data-track="${CSS.escape(track)}"]:not([data-state="done"])`;
  const help = [...document.querySelectorAll(`${rows} > .marks > [data-mark="help"]`)].map(({ dataset }) => [dataset.member, "help", dataset.of]);
  return [...help, ...here.filter(([, mark]) => mark !== "help")];
}

export function showReady(next, track) {
  const found = answers(next, track);
  const key = JSON.stringify(found);
  if (key === shown) return;
  shown = key;
  out("ready").replaceChildren(...found.map(line));
}

function line([person, said, row]) {
  const phone = rowOf(`contact-${person}`)?.dataset.phone;
  const words = [make("b", {}, nameOf("people", person)), make("small", {}, t(`mark_${said}`))];
  const inside = said === "help" && phone ? make("a", { href: `tel:${phone}` }, ...words) : make("span", {}, ...words);
  return make("li", { "data-mark": said, "data-of": row }, ico(ICONS[said]), inside);
}
