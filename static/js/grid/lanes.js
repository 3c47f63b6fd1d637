// One lane for each track: how late it is, what its buffers still hold, the next time that must not be missed. A click
// shows this track alone, another one all of them again.

import { now } from "../clock.js";
import { copy, mark, out, show, write } from "../dom.js";
import { clock, late, operatingDay } from "../format.js";
import { page } from "../page.js";
import { entry, timesOf, trackOf } from "../sheet.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { choose, track } from "./filter.js";
import { tracks } from "./tracks.js";

const list = () => document.querySelector('[data-list="lane"]');
const unsigned = (ms) => late(ms).replace("+", "");

function build() {
  const lanes = tracks().map(([id, name]) => {
    const lane = copy("lane").firstElementChild;
    lane.dataset.track = id;
    write(out("lane-name", lane), name);
    return lane;
  });
  list().replaceChildren(...lanes);
  const select = document.querySelector('select[name="track"]');
  const all = select.options[0];
  select.replaceChildren(all, ...tracks().map(([id, name]) => new Option(name, id)));
  select.value = track();
  refresh();
}

function refresh() {
  const moment = now();
  show("clock", clock(moment, page.zone, operatingDay(moment, page.zone, page.dayChange), true));
  for (const lane of list().children) fill(lane, trackOf(lane.dataset.track));
}

function fill(lane, standing) {
  const seconds = Math.trunc((standing?.offset ?? 0) / 1000);
  mark(lane, "data-is", seconds > 0 ? "behind" : seconds < 0 ? "ahead" : "even");
  mark(lane, "aria-current", track() === lane.dataset.track ? "true" : false);
  mark(lane, "data-tone", standing?.save > 0 ? "stop" : false);
  write(out("offset", lane), seconds ? late(standing.offset) : "");
  const hard = standing?.hard ? entry(standing.hard) : null;
  const at = hard ? timesOf(standing.hard).planned_start : null;
  out("lane-hard", lane).hidden = at === null;
  write(out("hard", lane), at === null ? "" : clock(at, page.zone, hard.row.day));
  room(lane, standing);
}

/** What is left before the next hard time, or what must be saved to keep it. */
function room(lane, standing) {
  const save = standing?.save ?? 0;
  const left = standing?.left ?? null;
  out("lane-room", lane).hidden = save <= 0 && left === null;
  write(out("room-word", lane), t(save > 0 ? "to_save" : "buffer_left"));
  write(out("save", lane), save > 0 ? unsigned(save) : left === null ? "" : unsigned(left));
}

export function start() {
  list().addEventListener("click", ({ target }) => {
    const id = target.closest(".lane")?.dataset.track;
    if (id) choose({ track: track() === id ? "" : id });
  });
  hear("rows", ({ changed, gone }) => [...changed, ...gone].some((id) => id.startsWith("track-")) && build());
  hear("filtered", () => {
    document.querySelector('select[name="track"]').value = track();
    refresh();
  });
  hear("board", refresh);
  build();
}
