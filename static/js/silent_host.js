// A silent signal on the host's phone: over everything, in the largest type, with a long buzz and never a sound, until it
// is answered, taken back, or what ran then has ended.

import { dated } from "./dated.js";
import { out, write } from "./dom.js";
import { me } from "./me.js";
import { nameOf } from "./names.js";
import { send } from "./op.js";
import { entries } from "./sheet.js";
import { hear } from "./signal.js";
import { isOutdated, signalOn, wordOf } from "./silent.js";
import { tracks } from "./track.js";
import { t } from "./words.js";

const BUZZ = [700, 150, 700];
// Signals that were answered here, or have buzzed already, by the entry of the log that put them down.
const answered = new Set();
const buzzed = new Set();
const dialog = () => document.getElementById("silent");
let shown = null;

/** Tracks on which a row names me; all of them, while none does. */
function mine() {
  const all = tracks().map(([id]) => id);
  const named = new Set(entries().filter(({ el }) => (el.dataset.people ?? "").split(" ").includes(me().id)).map(({ row }) => row.track));
  return named.size ? all.filter((id) => named.has(id)) : all;
}

/** The newest that wants an answer. */
function wanted() {
  if (!me()?.roles.has("host")) return null;
  const open = tracks().map(([id]) => signalOn(id)).filter((signal) => signal && !signal.reply && !answered.has(signal.sent) && !isOutdated(signal));
  if (!open.length) return null;
  const here = new Set(mine());
  return open.filter((signal) => here.has(signal.track)).sort((one, other) => other.sent - one.sent)[0] ?? null;
}

function refresh() {
  shown = wanted();
  if (!shown) {
    dialog().close();
    return;
  }
  write(document.getElementById("silent-what"), wordOf(shown));
  write(out("silent-who"), `${nameOf("people", shown.by)} ${dated(shown.at, true)}`);
  dialog().dataset.sign = shown.sign;
  if (!dialog().open) dialog().showModal();
  buzz(shown.sent);
}

/** A browser lets a page buzz once somebody has touched it. */
function buzz(sent) {
  if (buzzed.has(sent)) return;
  buzzed.add(sent);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZ);
}

function pressed({ target }) {
  const reply = target.closest?.("#silent [data-reply]")?.dataset.reply;
  if (!reply || !shown) return;
  const { track, sent } = shown;
  answered.add(sent);
  send("signal.answer", { track, seq: sent, reply }, { row: `signal-${track}`, title: `${t(`reply_${reply}`)} · ${wordOf(shown)}` });
  refresh();
}

export function start() {
  document.addEventListener("click", pressed);
  // It leaves by an answer alone.
  dialog().addEventListener("cancel", (event) => event.preventDefault());
  for (const name of ["board", "rows", "me"]) hear(name, refresh);
  refresh();
}
