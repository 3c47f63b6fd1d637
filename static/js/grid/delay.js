// 延後 +5 in the table, and writing a delay into the plan.

import { putOff } from "../put_off.js";
import { t } from "../words.js";
import { active } from "./cells.js";
import { say } from "./say.js";
import { change } from "./structure.js";
import { titleOf } from "./titles.js";

const PUT_OFF = new Set(["item", "buffer"]);

/** Put the active row and what follows off by five minutes. */
export function delay() {
  const here = active();
  if (!here || !PUT_OFF.has(here.tr.dataset.kind)) {
    say(t("not_delayed"), { alert: true });
    return;
  }
  const [op, args, base] = putOff(here.id);
  const title = t("put_off", { title: titleOf(here.id) });
  change(op, args, { title, base, done: title });
}

/** Write the active row, a delay, into the plan. */
export function applyDelay() {
  const here = active();
  if (!here) return;
  const title = `${titleOf(here.id)} · ${t("applied")}`;
  change("cue.apply", { id: here.id }, { title, done: title });
}
