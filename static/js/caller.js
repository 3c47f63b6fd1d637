// Who has the call of a track: as its row says, and as my taking it on its way will have it. What I hand over is mine until
// the server has it: else nobody could call.

import { me } from "./me.js";
import { waiting } from "./op.js";
import { rowOf } from "./rows.js";

/** {id, since, by} with `since` in ms; null while it is nobody's. */
export function callerOf(track) {
  const { caller, since, handedby } = rowOf(`track-${track}`)?.dataset ?? {};
  let found = caller ? { id: caller, since: Number(since), by: handedby } : null;
  for (const { op } of waiting()) {
    if (op.args.track !== track) continue;
    if (op.op === "track.take") found = { id: me()?.id, since: Date.parse(op.at), by: me()?.id };
  }
  return found;
}

/** Who else has the call; null while it is mine or nobody's. */
export function otherCaller(track) {
  const found = callerOf(track);
  return found && me() && found.id !== me().id ? found : null;
}
