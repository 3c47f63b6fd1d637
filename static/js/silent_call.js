// The caller's silent signals to the host: sent from the sheet behind 更多, and what became of the last one above the
// buttons. "Sent" is what the server has; whether the host has looked, only their answer tells.

import { attract } from "./attention.js";
import { dated } from "./dated.js";
import { mark, out, write } from "./dom.js";
import { nameOf } from "./names.js";
import { isPending, send } from "./op.js";
import { trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { isOutdated, signalOn, wordOf } from "./silent.js";
import { calledTrack } from "./track.js";
import { t } from "./words.js";

const WANTED = { missing: "wrong", mic: "wrong", got: "news" };
// The last answer of each track that this phone has told of.
const told = new Map();

function refresh() {
  const track = calledTrack();
  const signal = track ? signalOn(track) : null;
  const isShown = isPending(`signal-${track}`) || (signal && !isOutdated(signal));
  const text = isShown ? stateOf(track, signal) : "";
  for (const place of [out("silent-line"), out("silent-state")]) {
    place.hidden = !text;
    mark(place, "data-reply", signal?.reply || false);
    write(place.querySelector("span"), text);
  }
  out("silent-clear").disabled = !signal;
}

function stateOf(track, signal) {
  if (isPending(`signal-${track}`)) return t("silent_pending");
  const { reply, replier, replied, at } = signal;
  if (!reply) return t("silent_sent", { what: wordOf(signal), when: dated(at, true) });
  return t("silent_answered", { what: wordOf(signal), who: nameOf("people", replier), when: dated(replied, true), reply: t(`reply_${reply}`) });
}

/** The host has answered: the caller's eyes are on the stage. */
function notice(changed) {
  for (const id of changed.filter((each) => each.startsWith("signal-"))) {
    const track = id.slice(7);
    const { reply, replied } = signalOn(track);
    const key = reply && `${replied} ${reply}`;
    if (key && told.get(track) !== key && track === calledTrack()) attract(WANTED[reply]);
    told.set(track, key);
  }
}

function pressed({ target }) {
  const button = target.closest?.("#adjust [data-silent]");
  if (!button || button.disabled) return;
  const track = calledTrack();
  const { silent: kind, minutes } = button.dataset;
  const about = { row: `signal-${track}` };
  if (kind === "clear") send("signal.clear", { track, seq: signalOn(track).sent }, { ...about, title: t("silent_clear") });
  else tellHost(track, { kind, ...(minutes && { minutes: Number(minutes) }) }, about);
  document.getElementById("adjust").close();
}

function tellHost(track, signal, about) {
  const title = t("silent_title", { what: wordOf({ sign: signal.kind, minutes: signal.minutes }) });
  send("signal.send", { track, ...signal, current: trackOf(track)?.current ?? null }, { ...about, title });
}

export function start() {
  out("silent-acts").hidden = false;
  document.addEventListener("click", pressed);
  hear("rows", ({ changed, gone }) => {
    if (![...changed, ...gone].some((id) => id.startsWith("signal-"))) return;
    notice(changed);
    refresh();
  });
  for (const name of ["board", "track", "me", "outbox"]) hear(name, refresh);
  refresh();
}
