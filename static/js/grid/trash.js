// The trash beside the table: what is restored is gone to, and can be taken back like any step.

import { rowOf } from "../rows.js";
import { start as begin } from "../trash.js";
import { t } from "../words.js";
import { select } from "./cells.js";
import { choose } from "./filter.js";
import { change } from "./structure.js";

async function restore(id, title) {
  const isBack = await change("cue.restore", { id }, { title: `${title} · ${t("restored")}`, done: t("row_restored", { title }) });
  const tr = isBack && rowOf(`cue-${id}`);
  if (!tr) return;
  if (tr.hidden) choose({ day: tr.dataset.day, track: "", department: "", text: "" });
  select(tr, "title");
}

export const start = () => begin(restore);
