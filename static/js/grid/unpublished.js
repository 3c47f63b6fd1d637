// Publishing at the table: the button that says how much waits, and the panel beside the rows.

import { mark, write } from "../dom.js";
import { begin, refresh } from "../publish.js";
import { rowOf } from "../rows.js";
import { hear, tell } from "../signal.js";
import { number } from "../version.js";
import { t } from "../words.js";
import { select } from "./cells.js";
import { choose } from "./filter.js";
import { say } from "./say.js";
import { change } from "./structure.js";
import { titleOf } from "./titles.js";

const side = () => document.getElementById("publish");
const button = () => document.querySelector("[data-publish]");

function counted(n) {
  write(button().querySelector("span"), n ? t("publish_n", { n }) : t(number() ? "published" : "publish"));
  mark(button(), "data-kind", n || !number() ? "main" : false);
}

function toggle() {
  const isOpen = side().hidden;
  side().hidden = !isOpen;
  mark(button(), "aria-pressed", String(isOpen));
  if (!isOpen) return;
  tell("beside", { id: "publish" });
  refresh();
}

function goTo(id) {
  const tr = rowOf(`cue-${id}`);
  if (tr.hidden) choose({ day: tr.dataset.day, track: "", department: "", text: "" });
  select(tr, "title");
}

function discard(op, id) {
  const title = titleOf(id);
  return change(op, { id }, { title: `${title} · ${t("revert")}`, done: t("reverted", { title }) });
}

export function start() {
  button().addEventListener("click", toggle);
  hear("beside", ({ id }) => id !== "publish" && !side().hidden && toggle());
  begin({ isOpen: () => !side().hidden, counted, published: say, titleOf, goTo, discard });
}
