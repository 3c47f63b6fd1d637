// My own steps, backwards and forwards. The server says with each answer how the op is taken back; taking back is an
// op like any other, and is refused where somebody has changed the same since.

import { send } from "../op.js";
import { reason } from "../reasons.js";
import { rowOf } from "../rows.js";
import { tell } from "../signal.js";
import { select } from "./cells.js";
import { say } from "./say.js";
import { titleOf } from "./titles.js";
import { t } from "../words.js";

const MOST = 200;
const done = [];
const undone = [];
let turn = Promise.resolve();

/** Keep how an op is taken back. `key` is the column in which it shows. */
export function remember(result, { key = null, title = "" } = {}) {
  const { undo } = result.result ?? {};
  if (!undo) return;
  done.push({ ...undo, key, title });
  if (done.length > MOST) done.shift();
  undone.length = 0;
  told();
}

export const undo = () => step(done, undone, "undone");
export const redo = () => step(undone, done, "redone");

/** One after the other, however fast the keys come. */
function step(from, to, word) {
  turn = turn.then(() => takeBack(from, to, word));
  return turn;
}

async function takeBack(from, to, word) {
  const last = from.pop();
  if (!last) {
    say(t("nothing_to_undo"));
    return;
  }
  const { op, args, base_version: base, key, title } = last;
  const ids = named(args);
  const rows = ids.map((id) => `cue-${id}`);
  const result = await send(op, args, { base, title, row: rows[0], rows, shows: () => true });
  if (result.status === "applied") {
    if (result.result?.undo) to.push({ ...result.result.undo, key, title });
    say(`${t(word)} ${title}`);
    tell("landed", {});
    if (ids.length) goTo(ids[0], key);
  } else {
    say(`${t("not_undone")} ${blamed(result.error)}${reason(result.error)}`, { alert: true });
  }
  told();
}

/** The rows that an op is about; what was frozen anew is a line's, and no row's. */
const named = ({ id, steps }) => steps?.map((step) => step.args.id) ?? (id ? [id] : []);

/** Of several rows the one that is to blame. */
const blamed = ({ row }) => (row && rowOf(`cue-${row}`) ? `${titleOf(row)}: ` : "");

function goTo(id, key) {
  const tr = rowOf(`cue-${id}`);
  if (tr && !tr.hidden) select(tr, key ?? undefined);
}

function told() {
  tell("steps", { undo: done.length, redo: undone.length });
}
