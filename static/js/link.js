// Whether this page hears the server, since when it does not, and how many ops wait. Never blinks: a line that drops
// is "connecting" for some seconds, then "offline since" until it is really back.

import { now } from "./clock.js";
import { dated, pastDay, timeOf } from "./dated.js";
import { mark, out, outs, show, write } from "./dom.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

const GRACE_MS = 4000;
let lastHeard = 0;
let begun = 0;
let grace = 0;
let unsent = { waiting: [], refused: [], elsewhere: [] };
let photos = 0;

function showState(is) {
  for (const element of outs("link")) element.dataset.is = is;
  begun = lastHeard || now();
  showSince();
  const band = out("age");
  if (band) band.hidden = is !== "off" || !lastHeard;
}

/** Again each second: a page that lies open over night says by and by that it is of yesterday. */
function showSince() {
  const isOff = out("link")?.dataset.is === "off";
  const day = isOff ? pastDay(begun) : "";
  for (const element of outs("link")) mark(element, "data-dated", day !== "");
  show("since-day", day);
  show("since", isOff ? timeOf(begun) : "");
  show("as-of", isOff ? dated(begun) : "");
}

function heard() {
  clearTimeout(grace);
  grace = 0;
  lastHeard = now();
  showState("on");
}

function silent() {
  if (grace) return;
  showState("wait");
  grace = setTimeout(() => showState("off"), GRACE_MS);
}

/** What is not on the server: it waits, or was refused and wants a decision. */
function count() {
  const { waiting, refused, elsewhere } = unsent;
  const n = waiting.length + refused.length + elsewhere.length + photos;
  for (const element of outs("unsent")) {
    write(element, String(n || ""));
    mark(element, "aria-label", t("unsent_count", { n }));
    mark(element, "data-state", refused.length ? "refused" : "pending");
    element.hidden = n === 0;
  }
}

/** What is shown was heard at `at`, before this page was opened. */
export function begin(at) {
  lastHeard = at;
}

export function start() {
  hear("link", ({ is }) => (is === "on" ? heard() : silent()));
  hear("board", showSince);
  hear("outbox", (told) => {
    unsent = told;
    count();
  });
  hear("files", ({ left }) => {
    photos = left;
    count();
  });
}
