// 【彩排】 on every screen while a track is rehearsed, so that nobody takes it for the show: in the bar, with a striped
// edge below it, and in a band that says where, by whom and since when. Who calls another track has their own show.

import { mark, out, write } from "./dom.js";
import { clock, operatingDay } from "./format.js";
import { nameOf } from "./names.js";
import { page } from "./page.js";
import { read, running } from "./rehearsal.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { calledTrack } from "./track.js";
import { t } from "./words.js";

const at = (moment) => clock(moment, page.zone, operatingDay(moment, page.zone, page.dayChange));

const said = ({ track, day, by, began }) => t("rehearsing", { line: `${nameOf("tracks", track)} · ${nameOf("days", day)}`, who: nameOf("people", by), when: at(began) });

/** On the caller's screen a rehearsal elsewhere says nothing: the track that is called there may be live. */
const concerns = ({ track }) => screen() !== "call" || track === calledTrack();

function refresh() {
  const found = running().filter(concerns);
  out("rehearsal-mark").hidden = out("rehearsal").hidden = !found.length;
  write(out("rehearsal-words"), found.map(said).join(" "));
  mark(document.body, "data-rehearsal", found.length > 0);
}

export function start() {
  read();
  refresh();
  hear("board", ({ changed }) => changed && refresh());
  for (const name of ["screen", "track", "me"]) hear(name, refresh);
}
