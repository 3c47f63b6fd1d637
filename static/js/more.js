// The screen More: language, look, and the ops that still wait on this phone.

import { canStay, stayAwake, staysAwake } from "./awake.js";
import { setChoice } from "./choose.js";
import { ico, make, out, outs } from "./dom.js";
import { leave } from "./leave.js";
import { me } from "./me.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";
import { opLine } from "./tray.js";
import { t } from "./words.js";

const chosen = {
  /** My rights and words are part of what a socket follows, so the page begins anew. */
  async locale(locale) {
    if (locale === page.locale) return;
    const result = await send("member.locale", { locale }, { row: "me", title: t("language") });
    if (result.status === "applied") leave();
  },
  awake(wanted) {
    stayAwake(wanted === "on");
  },
  type(size) {
    keep("type", size);
    tell("theme");
  },
  theme(theme) {
    keep("theme", theme);
    tell("theme");
  },
};

/** Refused ones first: they want a decision. */
function showTray({ waiting, refused, elsewhere }) {
  const entries = [...refused, ...waiting];
  document.getElementById("tray").hidden = entries.length + elsewhere.length === 0;
  const events = Map.groupBy ? [...Map.groupBy(elsewhere, ({ event }) => event)] : elsewhere.map((entry) => [entry.event, [entry]]);
  out("tray").replaceChildren(...entries.map(opLine), ...events.map(([event, { length }]) => elsewhereLine(event, length)));
}

/** What another event still has here; its own page has the buttons. */
function elsewhereLine(event, n) {
  return make("li", { class: "op", "data-state": "pending" }, ico("hourglass"), make("a", { href: `/e/${event}#more` }, t("elsewhere", { n, event })));
}

/** Whoever came by a link can't come back by themselves: they are told so, and hold the button. */
function showLeave() {
  const wanted = me()?.account ? "account" : "link";
  for (const part of out("leave").querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== wanted;
}

export function start() {
  // The count of what waits stands on every screen; a tap on it leads to what it counts.
  for (const element of outs("link")) element.addEventListener("click", () => (location.hash = "#more"));
  out("awake").hidden = !canStay();
  setChoice("awake", staysAwake() ? "on" : "off");
  hear("me", showLeave);
  showLeave();
  out("leave").addEventListener("held", () => out("leave").requestSubmit());
  setChoice("theme", kept("theme") ?? "");
  setChoice("type", kept("type") ?? "");
  hear("chosen", ({ name, value }) => chosen[name]?.(value));
  hear("outbox", showTray);
}
