// What a caller may do with a row that they have opened. Whatever is hard to take back is held.

import { mayCall } from "./me.js";
import { send } from "./op.js";
import { trackOf } from "./sheet.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const WAITING = ["planned", "warm", "standby"];
const STATES = { warm: ["planned"], standby: ["planned", "warm"], go: WAITING, skip: WAITING, resume: ["skipped", "paused"], rewind: ["done"] };
let about = null;

/** Show the buttons that make sense for this row, if I may call its track. */
export function callIn(holder, found) {
  if (!holder) return;
  about = found.row;
  const callable = mayCall(about.track) && about.kind !== "segment" && about.kind !== "delay";
  for (const button of holder.children) button.hidden = !STATES[button.dataset.call].includes(about.state);
  holder.hidden = !callable || [...holder.children].every((button) => button.hidden);
}

function say({ target }) {
  const call = target.closest("#detail [data-call]")?.dataset.call;
  if (!call) return;
  const { id } = about;
  const args = call === "go" ? { id, current: trackOf(about.track)?.current ?? null } : { id };
  send(`cue.${call}`, args, { title: `${t(`op_${call}`)} · ${titleOf(id)}` });
  document.getElementById("detail").close();
}

export function start() {
  document.addEventListener("held", say);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-hold]")) say(event);
  });
}
