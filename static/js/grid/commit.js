// One edit of one cell: shown at once, sent as one op made from the version that one saw, and what came of it.

import { send } from "../op.js";
import { reason } from "../reasons.js";
import { rowOf } from "../rows.js";
import { tell } from "../signal.js";
import { t } from "../words.js";
import { labelOf } from "./cells.js";
import { clashed, lost } from "./clash.js";
import { cover, uncover } from "./drafts.js";
import { titleOf } from "./titles.js";
import { remember } from "./undo.js";

/**
 * Send an edit. `text` stands in the cell until the answer; `set` are the fields; `base` the version they were made
 * from, and `was` what stood there then.
 */
export async function commit({ id, key, text, set, base, was = "" }) {
  const draft = cover(id, key, text, "pending");
  const title = `${titleOf(id)} · ${labelOf(key)}`;
  const result = await send("cue.edit", { id, set }, { base, title, shows: () => true });
  if (result.status === "applied") {
    uncover(draft);
    remember(result, { key, title });
    tell("landed", {});
  } else if (result.error.code === "stale") {
    uncover(draft);
    clashed({ id, key, text, was, error: result.error, again: () => commit({ id, key, text, set, base: result.error.version, was }) });
  } else if (rowOf(`cue-${id}`)) {
    refuse({ id, key, text }, reason(result.error));
  } else {
    uncover(draft);
    lost({ title: titleOf(id), key, text });
  }
}

/** Keep what was typed in its cell, with a red edge and why. */
export function refuse({ id, key, text }, why) {
  const draft = cover(id, key, text, "refused", why);
  tell("refusal", { id, key, why: t("refused_cell", { title: `${titleOf(id)} · ${labelOf(key)}`, why }) });
  return draft;
}
