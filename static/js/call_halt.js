// Stopping the show and letting it go on, from the caller's screen: this track, or all that I call. Both are held.

import { mark, out, write } from "./dom.js";
import { clock } from "./format.js";
import { haltOf, isHaltSent } from "./halt.js";
import { nameOf } from "./names.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { trackOf } from "./sheet.js";
import { hear } from "./signal.js";
import { callable, calledTrack } from "./track.js";
import { t } from "./words.js";

const mine = () => callable().map(([id]) => id);
const button = (call) => document.querySelector(`#adjust [data-call="${call}"]`);

function refresh() {
  const [here, all] = [haltOf(calledTrack()), mine()];
  button("hold").hidden = Boolean(here);
  button("release").hidden = !here;
  button("hold-all").hidden = all.length < 2 || all.every(haltOf);
  button("release-all").hidden = all.length < 2 || !all.some(haltOf);
  const said = here ? t("halted_by", { who: nameOf("people", here.by), when: clock(here.at, page.zone) }) : nameOf("tracks", calledTrack());
  write(out("adjust-halt"), isHaltSent(calledTrack()) ? said : `${said} · ${t("pending")}`);
  mark(out("adjust-halt"), "data-tone", here ? "stop" : false);
}

const ops = {
  hold: () => say("track.hold", [calledTrack()]),
  "hold-all": () => say("track.hold", mine()),
  release: () => say("track.release", [calledTrack()]),
  "release-all": () => say("track.release", mine().filter(haltOf)),
};

function say(op, tracks) {
  document.getElementById("adjust").close();
  const current = trackOf(tracks[0])?.current;
  const names = tracks.map((id) => nameOf("tracks", id)).join(t("comma"));
  send(op, { tracks }, { row: current ? `cue-${current}` : `track-${tracks[0]}`, title: `${t(op === "track.hold" ? "op_hold" : "op_release")} · ${names}` });
}

export function start() {
  document.addEventListener("held", ({ target }) => {
    const call = target.closest(".dock [data-call], #adjust [data-call]");
    ops[call?.dataset.call]?.();
  });
  for (const name of ["halt", "outbox", "track", "me", "rows", "screen"]) hear(name, refresh);
  refresh();
}
