// Who has the call: said at the head of the caller's screen, taken by a held button in place of GO, and handed over
// from the sheet. Whoever is given it is told on every screen until they have said that they know.

import { attract } from "./attention.js";
import { callerOf, otherCaller } from "./caller.js";
import { make, out, write } from "./dom.js";
import { clock } from "./format.js";
import { me } from "./me.js";
import { nameOf } from "./names.js";
import { send, waiting } from "./op.js";
import { page } from "./page.js";
import { rowsOf } from "./rows.js";
import { hear } from "./signal.js";
import { keep, kept } from "./store.js";
import { calledTrack } from "./track.js";
import { t } from "./words.js";

const picker = () => document.querySelector("[data-hand-to]");
const button = (call) => document.querySelector(`#adjust [data-call="${call}"]`);
const notices = new Map();

/** Those who may call a track, but me: [id, name]. */
function others(track) {
  const rows = rowsOf("contact").filter(({ dataset }) => "calls" in dataset);
  const may = ({ dataset }) => dataset.calls.split(" ").some((each) => each === track || each === "*");
  return rows.filter((row) => may(row) && row.dataset.id !== me()?.id).map(({ dataset }) => [dataset.id, nameOf("people", dataset.id)]);
}

function refresh() {
  const track = calledTrack();
  const [known, theirs] = [callerOf(track), otherCaller(track)];
  const who = !known ? t("calls_nobody") : theirs ? t("calls_other", { who: nameOf("people", known.id), when: clock(known.since, page.zone) }) : t("calls_me", { when: clock(known.since, page.zone) });
  const said = isOnItsWay(track) ? `${t("pending")} · ${who}` : who;
  for (const name of ["call-who", "adjust-who"]) write(out(name), said);
  out("call-who").hidden = !known;
  button("take").hidden = Boolean(known) && !theirs;
  button("hand").hidden = picker().parentElement.hidden = Boolean(theirs);
  offer(others(track));
  notify();
}

/** Whether I have taken or handed over this call, and the server doesn't know yet. */
const isOnItsWay = (track) => waiting().some(({ op }) => op.args.track === track && (op.op === "track.take" || op.op === "track.hand_over"));

function offer(people) {
  const now = people.join();
  if (picker().dataset.key === now) return;
  picker().dataset.key = now;
  picker().replaceChildren(make("option", { value: "" }, t("hand_whom")), ...people.map(([value, name]) => make("option", { value }, name)));
  button("hand").disabled = true;
}

const ops = {
  take: () => say("track.take", { current: callerOf(calledTrack())?.id ?? null }, t("op_take")),
  hand: () => picker().value && say("track.hand_over", { to: picker().value }, t("op_hand", { who: nameOf("people", picker().value) })),
};

function say(op, args, title) {
  const track = calledTrack();
  document.getElementById("adjust").close();
  send(op, { track, ...args }, { row: `track-${track}`, title: `${title} · ${nameOf("tracks", track)}` });
}

/** The call that I was given and have not yet said that I know of. */
function notify() {
  const given = rowsOf("track").filter(({ dataset }) => "caller" in dataset && dataset.caller === me()?.id && dataset.handedby !== me()?.id);
  const wanted = new Map(given.map(({ dataset }) => [`${dataset.id}:${dataset.since}`, dataset]).filter(([key]) => kept(`handed:${page.event}`) !== key));
  for (const [key, line] of notices) if (!wanted.has(key)) drop(key, line);
  for (const [key, dataset] of wanted) if (!notices.has(key)) raise(key, dataset);
}

function drop(key, line) {
  line.remove();
  notices.delete(key);
}

function raise(key, { id, handedby }) {
  attract("news");
  const known = make("button", { type: "button" }, t("understood"));
  const line = make("p", { class: "toast", role: "alert" }, make("span", {}, t("handed_to_you", { who: nameOf("people", handedby), track: nameOf("tracks", id) })), known);
  known.addEventListener("click", () => {
    keep(`handed:${page.event}`, key);
    drop(key, line);
  });
  notices.set(key, line);
  document.getElementById("toasts").append(line);
}

export function start() {
  const pressed = ({ target }) => ops[target.closest(".dock [data-call], #adjust [data-call]")?.dataset.call]?.();
  document.addEventListener("held", pressed);
  document.addEventListener("click", (event) => event.target.closest?.("[data-hold]") || pressed(event));
  picker().addEventListener("change", () => (button("hand").disabled = !picker().value));
  for (const name of ["rows", "outbox", "track", "me", "screen"]) hear(name, refresh);
  refresh();
}
