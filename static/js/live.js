// Follow the event: one socket, a cursor for each chain, frames applied in order. Being offline is only being behind.

import { forget as forgetClock, isSure, now as serverNow, sample, setShift } from "./clock.js";
import { isNoAnswer, isOurs } from "./drain.js";
import { leave } from "./leave.js";
import { page } from "./page.js";
import { refetch, renewKept } from "./refetch.js";
import { apply } from "./rows.js";
import { openSocket } from "./socket.js";
import { hear, tell } from "./signal.js";
import { heard as heardUntil, keep } from "./tail.js";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const LOOK_MS = 1500;
const GONE = new Set([4401, 4404]);

const cursor = { lens: page.head, own: 0 };
let line = null;
let tries = 0;
// Resets since the line last held for a while.
let resets = 0;
let isRestarting = false;
let isRenewing = false;
let timer = 0;
let opened = 0;
let looker = 0;
// The server has greeted on the line that stands; or it didn't answer when it was last asked without one.
let isHere = false;
let isGone = false;

/** Begin to follow: from where the document and its tail stand. */
export function connect(from = cursor) {
  Object.assign(cursor, from);
  open();
  addEventListener("online", now);
  addEventListener("offline", () => line?.ping(3000));
  document.addEventListener("visibilitychange", awake);
  hear("silent", () => line?.ping(3000));
  hear("clock", () => isSure() || line?.ping(3000));
  hear("signed-out", leave);
  hear("leaving", stop);
  hear("staying", () => {
    isRestarting = false;
    open();
  });
}

/** Its person signs out: what the server then says of the session is no news. */
function stop() {
  isRestarting = true;
  line?.close();
  clearTimeout(timer);
}

/** Up to which entry of the log I have heard what is not for me alone. */
export const known = () => cursor.lens;

/** Tell the others which row I have open; null for none. */
export const editing = (id, field) => line?.say({ type: "editing", id, field });

function open() {
  clearTimeout(timer);
  opened = Date.now();
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const query = new URLSearchParams({ since: cursor.lens, own: cursor.own, epoch: page.epoch, lens: page.lens, view: page.view });
  tell("link", { is: "wait" });
  line = openSocket(`${scheme}//${location.host}/api/events/${page.event}/live?${query}`, { heard, lost });
}

/** Without waiting: the radio is back, or somebody looks at the page again. */
function now() {
  if (isRestarting) return;
  if (line && !line.isOver) line.ping(3000);
  else open();
  if (!isHere) look();
}

function awake() {
  if (document.hidden) return;
  forgetClock();
  now();
}

function lost({ code, greeted }) {
  if (GONE.has(code)) {
    leave();
    return;
  }
  isHere = false;
  tell("link", { is: "off" });
  if (!greeted) stillWelcome();
  look();
  timer = setTimeout(open, Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** tries));
  tries += 1;
}

/**
 * No radio tells of an access point that is back: while somebody looks, a small question every few seconds finds it. Only
 * where it had found nothing before: a server that answers, but takes no sockets, is left in peace. The tries that found
 * nobody don't count then: they say nothing of how busy it is now.
 */
function look() {
  looker ||= setTimeout(async () => {
    looker = 0;
    if (isHere || isRestarting || document.hidden) return;
    const wasGone = isGone;
    isGone = !(await answers());
    if (wasGone && !isGone && !isHere && !isRestarting) {
      tries = 0;
      line.close();
      open();
    }
    look();
  }, LOOK_MS * (1 + Math.random()));
}

async function answers() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(2 * LOOK_MS) })).ok;
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return false;
  }
}

/** A refused handshake and a dead line look alike to a script, so ask by the other way whether we may still come in. */
async function stillWelcome() {
  try {
    const signal = AbortSignal.timeout(5000);
    const answer = await fetch(`/api/events/${page.event}/changes?since=${page.head}&limit=1`, { signal });
    if (isOurs(answer) && [401, 404].includes(answer.status)) leave();
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
  }
}

function heard(message) {
  hears[message.type]?.(message);
}

const hears = {
  hello({ ms, shift, build, epoch, directory }) {
    setShift(shift);
    sample(ms, opened);
    tries = 0;
    isHere = true;
    isGone = false;
    tell("link", { is: "on" });
    if (build !== page.build) tell("newer", { build });
    if (epoch !== page.epoch) restart("epoch", 0);
    else if (directory !== page.directory) tell("directory");
  },

  frame({ chain, base, seq, html }) {
    if (seq <= cursor[chain]) return;
    if (base > cursor[chain]) {
      line.say({ type: "need", since: cursor.lens, own: cursor.own });
      return;
    }
    const rows = apply(html);
    cursor[chain] = seq;
    keep({ chain, base, seq }, rows, serverNow()).then((isKept) => isKept || tell("unkept"));
  },

  heartbeat({ seq }) {
    resets = 0;
    const moves = Object.entries(seq).map(([chain, head]) => ({ chain, base: cursor[chain], seq: head }));
    for (const { chain, base, seq: head } of moves) cursor[chain] = Math.max(base, head);
    heardUntil(moves, serverNow()).then((isWanted) => isWanted && renewPage());
  },

  pong({ t, ms }) {
    sample(ms, t);
    tell("link", { is: "on" });
  },

  reset({ reason, after_ms: after }) {
    if (reason === "access") leave();
    else restart(reason, after);
  },

  ephemeral(state) {
    tell(state.topic, state);
  },
};

/** Many rows hang on the page that is kept: keep a newer one. What is on the screen needs nothing. */
async function renewPage() {
  if (isRestarting || isRenewing) return;
  isRenewing = true;
  try {
    await renewKept();
  } finally {
    isRenewing = false;
  }
}

/** What we hold can't be continued: fetch it anew, with the old in sight until then. What is mine comes by the socket. */
function restart(reason, after) {
  line.close();
  clearTimeout(timer);
  const wait = resets ? Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** resets) : 0;
  resets += 1;
  isRestarting = true;
  timer = setTimeout(async () => {
    try {
      if (await refetch(reason === "epoch")) Object.assign(cursor, { lens: page.head, own: 0 });
    } finally {
      isRestarting = false;
      open();
    }
  }, after + wait);
}
