// Since when everything is safe on the server, and what is not; in the foot, and heard by screen readers.

import { now } from "../clock.js";
import { mark, out, write } from "../dom.js";
import { clock } from "../format.js";
import { page } from "../page.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { refusedCount } from "./drafts.js";

// A save that takes no time is not worth two announcements.
const SLOW_MS = 500;
let waiting = 0;
let savedAt = null;
let isOff = false;
let slow = 0;

function refresh() {
  const line = out("saved-line");
  const refused = refusedCount();
  mark(line, "data-tone", refused ? "stop" : waiting && isOff ? "standby" : false);
  write(line, [refused ? t("cells_refused", { n: refused }) : "", standing()].filter(Boolean).join(" · "));
}

function standing() {
  if (waiting) return t(isOff ? "kept_here" : "saving", { n: waiting });
  if (refusedCount() && !savedAt) return "";
  return savedAt ? t("saved_at", { time: clock(savedAt, page.zone, null, true) }) : t("all_saved");
}

export function start() {
  hear("outbox", ({ waiting: ops }) => {
    waiting = ops.length;
    clearTimeout(slow);
    if (waiting) slow = setTimeout(refresh, SLOW_MS);
    else refresh();
  });
  hear("landed", () => {
    savedAt = now();
    refresh();
  });
  hear("link", ({ is }) => {
    isOff = is === "off";
    refresh();
  });
  hear("refusal", ({ why }) => {
    refresh();
    write(out("refusal"), why);
  });
  for (const name of ["edited", "rows"]) hear(name, refresh);
  refresh();
}
