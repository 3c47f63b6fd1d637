// The timeline's measure: how much time is in sight, the times beside it, and the line that says now.

import { now, onTick } from "../clock.js";
import { make, out, show, write } from "../dom.js";
import { clock, operatingDay } from "../format.js";
import { page } from "../page.js";
import { tell } from "../signal.js";
import { keep, kept } from "../store.js";
import { t } from "../words.js";
import { choose, day } from "./filter.js";
import { isTimeline } from "./layout.js";
import { momentOf } from "./parse.js";

const KEY = "grid:zoom";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// Minutes in sight, from near to far.
const SPANS = [15, 30, 60, 120, 240, 480, 1440];
const STEPS = [5, 15, 30, 60, 120];
const LABEL_PX = 44;
const LEAST_PX = 300;

let span = SPANS.includes(Number(kept(KEY))) ? Number(kept(KEY)) : 120;
let [from, to] = [0, DAY];
let [pixels, height, top] = [5, LEAST_PX, 0];
let drawn = "";

const box = () => document.getElementById("timeline");
export const scroller = () => box().querySelector(".tl-scroll");
/** Pixels of a minute. It is no question to the page: each would lay it out anew while it is being drawn. */
export const perMinute = () => pixels;

/** What is in sight, in minutes from the top of the day. */
export const inSight = () => [top / pixels, (top + height) / pixels];

/** Minutes from the top of the day to a moment. */
export const minutesTo = (moment) => (moment - from) / MINUTE;

/** The whole day, and rows that reach over its ends: `rows` are {start, end}. */
export function reach(rows) {
  const begins = momentOf(day(), page.dayChange, page.zone, page.dayChange);
  const first = rows.reduce((least, { start }) => Math.min(least, start), begins);
  const last = rows.reduce((most, { end }) => Math.max(most, end), begins + DAY);
  [from, to] = [Math.floor(first / HOUR) * HOUR, Math.ceil(last / HOUR) * HOUR];
  measure();
}

/** Look how high the page is now. */
export function resize() {
  height = Math.max(LEAST_PX, scroller().clientHeight - box().querySelector(".tl-corner").offsetHeight);
  measure();
}

/** Lay out the measure, if it has changed. */
function measure() {
  pixels = height / span;
  const wanted = `${from} ${to} ${pixels} ${day()}`;
  if (wanted === drawn) return;
  drawn = wanted;
  const step = STEPS.find((minutes) => minutes * pixels >= LABEL_PX) ?? STEPS.at(-1);
  box().style.setProperty("--ppm", String(pixels));
  box().style.setProperty("--all", String((to - from) / MINUTE));
  box().style.setProperty("--step", String(step));
  out("tl-axis").replaceChildren(...labels(step));
  line(now());
}

function labels(step) {
  const made = [];
  for (let moment = from; moment < to; moment += step * MINUTE) {
    const label = make("time", {}, clock(moment, page.zone, day()));
    label.style.setProperty("--from", String(minutesTo(moment)));
    made.push(label);
  }
  return made;
}

const word = () => {
  if (span === SPANS.at(-1)) return t("zoom_day");
  return span < 60 ? t("zoom_minutes", { n: span }) : t("zoom_hours", { n: span / 60 });
};

/** See less time in more detail (1), or more of it (−1); what is in the middle stays there. */
export function zoom(by) {
  const next = SPANS[SPANS.indexOf(span) - by];
  if (!next) return;
  const middle = (top + height / 2) / pixels;
  span = next;
  keep(KEY, String(span));
  name();
  measure();
  scrollTo(middle * pixels - height / 2);
  tell("zoomed");
}

function name() {
  show("tl-zoom", word());
  for (const button of box().querySelectorAll("[data-zoom]")) button.disabled = !SPANS[SPANS.indexOf(span) - Number(button.dataset.zoom)];
}

function scrollTo(pixel) {
  top = Math.max(0, pixel);
  scroller().scrollTop = top;
}

/** Bring a moment to the upper third. */
export function lookAt(moment) {
  scrollTo(minutesTo(moment) * pixels - height / 3);
}

export function toNow() {
  const today = operatingDay(now(), page.zone, page.dayChange);
  if (today !== day()) choose({ day: today });
  lookAt(now());
}

function line(moment) {
  // The page is wiped when my rights have changed.
  if (!isTimeline() || !box()) return;
  for (const mark of [out("tl-now"), out("tl-clock")]) {
    mark.hidden = moment < from || moment > to || operatingDay(moment, page.zone, page.dayChange) !== day();
    mark.style.setProperty("--from", minutesTo(moment).toFixed(2));
  }
  write(out("tl-clock"), clock(moment, page.zone, day()));
}

export function start() {
  box().addEventListener("click", ({ target }) => {
    const { zoom: by, tlToNow } = target.closest("button")?.dataset ?? {};
    if (by) zoom(Number(by));
    if (tlToNow !== undefined) toNow();
  });
  scroller().addEventListener("scroll", () => (top = scroller().scrollTop), { passive: true });
  addEventListener("resize", () => {
    if (!isTimeline()) return;
    resize();
    tell("zoomed");
  });
  if (isTimeline()) resize();
  onTick(line);
  name();
}
