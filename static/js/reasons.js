// Why the server said no, as a sentence with names and times in it.

import { dated } from "./dated.js";
import { nameOf } from "./names.js";
import { t } from "./words.js";

const SAID = { already_called: "called_first", stale: "changed_first", wrong_state: "wrong_state", denied: "denied", old: "too_old", after_refused: "after_refused" };

// Where the act of an item may be; nothing once that was taken back.
const ACTS = new Set(["", "arrived", "backstage", "onstage", "late"]);

export function reason({ code, message, who, when, title, now = {} }) {
  const key = SAID[code];
  if (code === "stale" && ACTS.has(now.kind)) return t("act_first", { who: nameOf("people", who), what: now.kind ? t(`act_${now.kind}`) : t("mark_taken_back") });
  if (!key || (!who && key === "called_first")) return message || t("refused");
  const state = t(`state_${now.state ?? "planned"}`);
  return t(key, { who: nameOf("people", who), when: when ? dated(new Date(when).getTime(), true) : "", title: title ?? "", state });
}
