// What a person must know before they trust this page: a phone whose clock is wrong, one that can keep nothing, one that can't
// open without signal.

import { error, isSet, isSure } from "./clock.js";
import { mark, out, write } from "./dom.js";
import { late } from "./format.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

const WRONG_MS = 5000;
const NEARLY_A_DAY_MS = 86_340_000;

function showClock() {
  const band = out("clock-error");
  const isWrong = isSet() && Math.abs(error()) >= WRONG_MS;
  mark(band, "hidden", !isWrong);
  if (isWrong) write(out("clock-words", band), t(isSure() ? "clock_wrong" : "clock_unsure", { by: far(error()) }));
}

/** "+1 d", "−0:12": days where minutes would say nothing. */
function far(ms) {
  const days = Math.round(ms / 86_400_000);
  return Math.abs(ms) >= NEARLY_A_DAY_MS ? t("days_off", { n: `${days > 0 ? "+" : "−"}${Math.abs(days)}` }) : late(ms);
}

export function start() {
  hear("clock", showClock);
  hear("no-worker", () => mark(out("no-worker"), "hidden", false));
  const loose = new Set();
  const showUnkept = () => mark(out("unkept"), "hidden", loose.size === 0);
  hear("unkept", ({ op }) => showUnkept(loose.add(op ? "ops" : "rows")));
  hear("kept", () => showUnkept(loose.delete("ops")));
  showClock();
}
