// The caller's screen: what runs, how long to the next GO, what that GO is, and one button for it. A GO says which item
// the caller saw running, so that two callers, or one trembling finger, never advance the show twice.

import { otherCaller } from "./caller.js";
import { mark, out, write } from "./dom.js";
import { haltOf } from "./halt.js";
import { send } from "./op.js";
import { remaining, showParts, until } from "./parts.js";
import { showReady } from "./ready.js";
import { nameOf } from "./names.js";
import { screen } from "./screens.js";
import { entry, trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { setSlots } from "./slots.js";
import { nextAct, upcoming } from "./target.js";
import { calledTrack } from "./track.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

// Longer than a double tap, shorter than two cues that are meant.
const SETTLE_MS = 900;
const LATER = 3;
// How long a caller waits for the answer to a GO before the next one may be called.
const PATIENCE_MS = 1200;

let aim = null;
let settled = 0;
let flying = false;
let timer = 0;
let isOff = false;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const button = (call) => document.querySelector(`.dock [data-call="${call}"]`);

function refresh() {
  if (screen() !== "call" || !button("go")) return;
  const track = calledTrack();
  const standing = trackOf(track);
  const [next, ...later] = upcoming(track);
  const seen = { next: next ?? null, current: standing?.current ?? null, item: standing?.next ?? null };
  if (aim?.next !== seen.next || aim.current !== seen.current) rest();
  aim = seen;
  place(standing, next, later);
  showDock(standing, next);
  showReady(next, track);
}

function place(standing, next, later) {
  const slots = new Map(later.slice(0, LATER).map((id) => [id, "later"]));
  // Whose act has to be here next, also while cues come first.
  const act = nextAct(calledTrack());
  if (act) slots.set(act, "later");
  if (next) slots.set(next, "next");
  if (standing?.current) slots.set(standing.current, "now");
  setSlots(slots);
  showParts(new Map(standing?.current ? [[standing.current, countdown(standing, next)]] : next ? [[next, { is: "next", ms: until(next) }]] : []));
}

/** To the next GO where that is a cue with a time of its own, or how long it is overdue; else what the item has left. */
function countdown(standing, next) {
  const left = remaining(entry(standing.current));
  const ms = next && entry(next).row.start_mode === "offset" ? until(next) : null;
  if (ms === null || left.is === "held") return left;
  return ms > -1000 ? { is: "next", ms } : { is: "over", ms: -ms };
}

/** The target has changed: for a moment the button takes no tap, since it was aimed at the one before. */
function rest() {
  settled = performance.now() + SETTLE_MS;
  clearTimeout(timer);
  timer = setTimeout(refresh, SETTLE_MS);
}

function showDock(standing, next) {
  const go = button("go");
  const found = next && entry(next);
  const kind = found?.el.dataset.call;
  go.disabled = !found || flying || performance.now() < settled;
  const isHalted = Boolean(haltOf(calledTrack()));
  const theirs = otherCaller(calledTrack());
  go.hidden = isHalted || Boolean(theirs);
  button("release").hidden = !isHalted || Boolean(theirs);
  button("take").hidden = !theirs;
  if (theirs) write(out("take"), t("take_from", { who: nameOf("people", theirs.id) }));
  mark(go, "aria-busy", flying ? "true" : false);
  mark(go, "data-tone", kind === "standby" || kind === "warm" ? "standby" : "live");
  write(out("go"), flying ? t("sending") : kind === "standby" || kind === "warm" ? t(`state_${kind}`) : "GO");
  write(out("go-what"), found ? titleOf(next) : t("nothing_next"));
  showStandby(found);
  const row = standing?.current ? entry(standing.current).row : null;
  button("pause").hidden = row?.state === "paused";
  button("resume").hidden = row?.state !== "paused";
  button("resume").disabled = Boolean(haltOf(calledTrack()));
  showAdjust(row, found);
}

/** What each button of the sheet concerns stands above it, also when that changes while the sheet is open. */
function showAdjust(row, found) {
  const rests = performance.now() < settled;
  const missing = { nudge: !row, pause: !row, finish: !row, next: !aim.item || rests || button("go").hidden, skip: !found || rests, warm: found?.row.state !== "planned" || rests };
  for (const call of document.querySelectorAll(".dock [data-call], #adjust [data-call]")) {
    if (call.dataset.call in missing) call.disabled = missing[call.dataset.call];
  }
  write(out("adjust-what"), row ? titleOf(row.id) : t("nothing_live"));
  write(out("adjust-next"), found ? titleOf(aim.next) : t("nothing_next"));
  write(out("adjust-item"), aim.item ? titleOf(aim.item) : t("nothing_next"));
  const ran = before(calledTrack());
  document.querySelector('#adjust [data-call="rewind"]').disabled = !ran;
  write(out("adjust-before"), ran ? titleOf(ran) : "");
}

function showStandby(found) {
  const standby = button("standby");
  const said = found?.row.state === "standby";
  standby.disabled = !found || said;
  write(standby.querySelector("span"), said ? t("standby_called") : t("call_standby"));
}

/** GO of a row: once, until it is answered or foreseen. */
async function begin(id) {
  if (flying || !id || button("go").hidden || performance.now() < settled) return;
  const { current } = aim;
  flying = true;
  refresh();
  // Without signal the call stands on this phone with its time, and the next one follows on it.
  await Promise.race([send("cue.go", { id, current }, { title: `GO · ${titleOf(id)}` }), isOff ? undefined : pause(PATIENCE_MS)]);
  flying = false;
  rest();
  refresh();
}

/** The other calls of the dock and of the sheet behind its last button; each names the row that it concerns. */
const calls = {
  go: () => begin(aim?.next),
  /** The next item, past the cues that still wait. */
  next: () => {
    document.getElementById("adjust").close();
    begin(aim.item);
  },
  warm: () => say("cue.warm", aim.next),
  standby: () => say("cue.standby", aim.next),
  skip: () => say("cue.skip", aim.next),
  pause: () => say("cue.pause", aim.current),
  resume: () => say("cue.resume", aim.current),
  finish: () => say("cue.finish", aim.current),
  rewind: () => say("cue.rewind", before(calledTrack())),
  nudge: ({ dataset }) => say("cue.nudge", aim.current, { seconds: Number(dataset.seconds) }),
  more: () => document.getElementById("adjust").showModal(),
};

/** The item of this track that ran last. */
function before(track) {
  const ran = [...document.querySelectorAll(`[data-list="cue"] > [data-track="${CSS.escape(track)}"][data-state="done"]:not([data-kind="cue"])`)];
  const end = (row) => Number(row.dataset.runs?.split("-").at(-1) ?? 0);
  return ran.sort((one, other) => end(other) - end(one))[0]?.dataset.id;
}

function say(op, id, more = {}) {
  document.getElementById("adjust").close();
  if (id) send(op, { id, ...more }, { title: `${t(`op_${op.slice(4)}`)} · ${titleOf(id)}` });
}

export function start() {
  hear("link", ({ is }) => (isOff = is === "off"));
  const pressed = ({ target }) => {
    const call = target.closest?.(".dock [data-call], #adjust [data-call]");
    if (call && !call.disabled) calls[call.dataset.call]?.(call);
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-hold]")) pressed(event);
  });
  document.addEventListener("held", pressed);
  for (const name of ["board", "screen", "track", "me", "halt"]) hear(name, refresh);
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => /^(mark|act)-/.test(id) || id.startsWith("track-")) && refresh());
}
