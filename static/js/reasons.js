// Why the server said no, as a sentence with names and times in it.

import { dated } from "./dated.js";
import { nameOf } from "./names.js";
import { t } from "./words.js";

const SAID = { already_called: "called_first", stale: "changed_first", wrong_state: "wrong_state", denied: "denied", old: "too_old", after_refused: "after_refused" };

export function reason({ code, message, who, when, title, now = {} }) {
  const key = SAID[code];
  if (!key || (!who && key === "called_first")) return message || t("refused");
  const state = t(`state_${now.state ?? "planned"}`);
  return t(key, { who: nameOf("people", who), when: when ? dated(new Date(when).getTime(), true) : "", title: title ?? "", state });
}
