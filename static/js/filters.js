// Which rows the sheet shows: of a track or all, a day, a department, mine. All tracks stand in the order of time.

import { offerDays, today } from "./days.js";
import { mark } from "./dom.js";
import { page } from "./page.js";
import { setChoice } from "./choose.js";
import { screen, setSheetView, sheetView } from "./screens.js";
import { isOn } from "./rehearsal.js";
import { arrangeBy, entries, timesOf, trackOf } from "./sheet.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";
import { chooseTrack, track } from "./track.js";

// Without a day of one's own choice it is today's, also after the day has turned.
const wanted = { track: null, day: null, department: "", person: "", mine: false };
const shown = { day: null };
// What is looked for, as find.js knows it.
let finds = null;
const OVER = new Set(["done", "skipped"]);
const words = (text) => (text ?? "").split(" ");

function fits({ el, row, mine }) {
  if (screen() === "mine") return mine && isOn(row, shown.day) && !OVER.has(row.state);
  return (
    (!wanted.track || row.track === wanted.track) &&
    (!shown.day || isOn(row, shown.day) || (shown.day === today() && (row.state === "live" || row.state === "paused"))) &&
    (!wanted.department || words(el.dataset.depts).includes(wanted.department)) &&
    (!wanted.person || words(el.dataset.people).includes(wanted.person)) &&
    (!finds || finds(el)) &&
    (!wanted.mine || mine)
  );
}

/** A row that fits brings what it stands under. */
function visible() {
  offerDays();
  if (shown.day !== (wanted.day ?? today())) setChoice("day", (shown.day = wanted.day ?? today()));
  const found = new Set();
  const narrowed = wanted.department || wanted.person || finds || wanted.mine || screen() === "mine";
  for (const each of entries()) {
    if (!fits(each) || (narrowed && each.row.kind === "segment")) continue;
    found.add(each.id);
    let { parent } = each.row;
    while (parent && !found.has(parent)) {
      found.add(parent);
      parent = document.getElementById(`cue-${parent}`)?.dataset.parent;
    }
  }
  return found;
}

/** In the order of time; on the sheet an item's cues stay with it. */
function byTime(found) {
  const at = ({ row }) => timesOf(row.id)?.projected_start ?? timesOf(row.id)?.planned_start ?? Infinity;
  const blocks = [];
  const heads = new Map();
  for (const each of found) {
    const head = each.row.kind === "cue" && screen() === "sheet" ? heads.get(each.row.parent) : undefined;
    if (head) head.push(each);
    else blocks.push([each]);
    if (!head) heads.set(each.row.id, blocks.at(-1));
  }
  const times = new Map(blocks.map((block) => [block, block[0].row.kind === "segment" ? -Infinity : at(block[0])]));
  return blocks.sort((one, other) => times.get(one) - times.get(other) || 0).flat();
}

const isByTime = () => screen() === "mine" || (screen() === "sheet" && !wanted.track);

const isCard = () => screen() !== "sheet" && screen() !== "mine";

function refresh() {
  const list = document.querySelector('[data-list="cue"]');
  // Also the same value anew would have every row's style worked out again.
  mark(list, "data-tracks", screen() === "sheet" && wanted.track ? "one" : "all");
  if (isCard()) return;
  arrangeBy(isByTime() ? byTime : null);
  sift();
}

function sift() {
  const seen = visible();
  for (const found of entries()) {
    if (found.off === !seen.has(found.id)) continue;
    found.off = !seen.has(found.id);
    mark(found.el, "data-off", found.off);
  }
  tell("filtered", { count: seen.size });
}

/** The row that runs on the track that is looked at, or else what comes next there. */
function toLive() {
  const standing = trackOf(wanted.track || track());
  const id = standing?.current ?? standing?.next;
  const scroll = () => document.getElementById(`cue-${id}`)?.scrollIntoView({ block: "start", behavior: "instant" });
  scroll();
  // Rows far away have only a guessed height until they are near, so look again when they have been laid out.
  requestAnimationFrame(() => requestAnimationFrame(scroll));
}

const chosen = {
  track(id) {
    wanted.track = id;
    keep(`sheet-track:${page.event}`, id);
    if (id) chooseTrack(id);
  },
  day: (date) => (wanted.day = date),
  department: (id) => (wanted.department = id),
  whose: (id) => (wanted.person = id),
  mine: (on) => (wanted.mine = on),
  view: (view) => setSheetView(view),
};

/** Show only rows that `fits` finds in their elements; all again with null. */
export function findBy(fits) {
  finds = fits;
  refresh();
  scrollTo({ top: 0, behavior: "instant" });
}

export function start() {
  wanted.track = kept(`sheet-track:${page.event}`) ?? track();
  setChoice("track", wanted.track);
  setChoice("view", sheetView());
  hear("chosen", ({ name, value }) => {
    if (!chosen[name]) return;
    chosen[name](value);
    refresh();
    if (name !== "view") scrollTo({ top: 0, behavior: "instant" });
  });
  hear("screen", ({ screen: name, isNew }) => {
    refresh();
    if (name === "sheet" && isNew) toLive();
  });
  // Until then no row has a place.
  hear("ready", () => screen() === "sheet" && toLive());
  hear("again", ({ screen: name }) => name === "sheet" && toLive());
  hear("mine", refresh);
  // By then the sheet has put its rows in order.
  hear("board", ({ changed }) => changed && !isCard() && sift());
}
