// 延後 +5: what follows comes later by that much, as a row that can be seen and taken out; and writing it into the plan.

import { openRow } from "./detail.js";
import { out } from "./dom.js";
import { send } from "./op.js";
import { putOff } from "./put_off.js";
import { entry, trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { toast } from "./toast.js";
import { calledTrack } from "./track.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const WAITING = new Set(["planned", "warm", "standby"]);

const deeds = {
  add: () => put(openRow()),
  next: () => put(trackOf(calledTrack())?.next),
  apply: () => send("cue.apply", { id: openRow() }, { title: `${titleOf(openRow())} · ${t("applied")}` }),
};

function put(id) {
  if (!id) return toast(t("nothing_next"));
  const [op, args, base] = putOff(id);
  return send(op, args, { base, row: `cue-${id}`, title: t("put_off", { title: titleOf(id) }) });
}

function press({ target }) {
  const deed = target.closest?.("[data-delay]")?.dataset.delay;
  if (!deed) return;
  deeds[deed]();
  target.closest("dialog").close();
}

/** In the open row: a row that waits can be put off, a delay can be written into the plan. */
function equip({ id }) {
  const { row } = entry(id);
  const isDelay = row.kind === "delay";
  const canWait = (row.kind === "item" || row.kind === "buffer") && WAITING.has(row.state);
  const place = out("detail-delay");
  place.hidden = !isDelay && !canWait;
  for (const button of place.children) button.hidden = (button.dataset.delay === "apply") !== isDelay;
}

export function start() {
  document.addEventListener("click", press);
  hear("detail", equip);
  // A row may be open by now.
  if (openRow()) equip({ id: openRow() });
}
