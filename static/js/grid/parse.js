// Times and lengths as people on site type them: the twin of what server/runsheet/clock_text.py reads, which says the
// rules; tests hold the two together. What is read is seconds: long, or of the operating day (from 86,400 on after
// midnight). Text that isn't understood reads as null, never as a guess.

import { clock, operatingDay } from "../format.js";

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
// Longer than any event; a larger number is a slip of the hand.
const LONGEST_S = 30 * DAY;
const LATEST_S = 2 * DAY;
const NOON = 12;

const QUOTES = new Map([..."′’‘＇`´"].map((mark) => [mark, "'"]));
for (const mark of "″”“＂〃") QUOTES.set(mark, '"');
for (const mark of "−﹣") QUOTES.set(mark, "-");

const ABOUT = /^(?:大約|大概|預計|預定|約|長度|時長|about|around|approx\.?|ca\.?|~)[:\s]*/u;
const TAIL = /\s*(?:開始|結束|左右|上下|前後|起|止|~)$/u;
const HALF = "凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|am|pm";
const FIGURES =
  "(?<h>\\d{1,2})\\s*(?::\\s*(?<mm>\\d{2})|[點点時时]\\s*(?:(?<m>\\d{1,2})\\s*分?|(?<ban>半))?)(?:[:\\s]*(?<s>\\d{2})\\s*秒?)?";
const CLOCK = new RegExp(`^(?<half>${HALF})?\\s*(?:${FIGURES}|(?<hhmm>\\d{3,4}))\\s*(?<tail>am|pm)?$`, "u");
const AFTERNOON = new Set(["下午", "傍晚", "晚上", "pm"]);
const MORNING = new Set(["凌晨", "清晨", "早上", "上午", "am"]);
const RANGE = /\s*(?:-|–|—|~|至|到|to)\s*/u;
const NUMBER = "\\d{1,7}(?:\\.\\d{1,3})?";
const LENGTH = new RegExp(
  `^(?:(?<h>${NUMBER})\\s*(?:個?小時|個?小时|鐘頭|時|hours?|hrs?|h)(?<hh>半)?)?\\s*` +
    `(?:(?<m>${NUMBER})\\s*(?:分鐘|分钟|分|minutes?|mins?|m|')(?<mh>半)?鐘?)?\\s*` +
    `(?:(?<s>${NUMBER})\\s*(?:秒鐘|秒|seconds?|secs?|s|"|''))?$`,
  "u",
);
const UNIT_LEFT_OUT = /((?:小時|小时|h)\s*)(\d{1,2})$/u;
const LINKED = /^(?:緊?接續?|連續|銜接)(?:上一?[項列])?$|^(?:linked|follows|next)$/u;
const MANUAL = /^視(?:現場|情況)(?:狀況|情況|調整)?$|^(?:現場|手動|機動|待[定命]|manual|tb[ad])$/u;

/** `13:30`, `1330`, `9:10`, `24:30`, `14:00起`, `下午2點半` → seconds of the operating day. */
export function parseClock(text) {
  const found = CLOCK.exec(plain(text))?.groups;
  if (!found || (found.h === undefined && found.hhmm === undefined)) return null;
  const [hour, minute, second] = figures(found);
  const total = hourOf(hour, found.half ?? found.tail ?? "") * HOUR + minute * MINUTE + second;
  return Math.max(minute, second) < MINUTE && total <= LATEST_S ? total : null;
}

function figures({ h, mm, m, ban, s, hhmm }) {
  if (hhmm) return [Number(hhmm.slice(0, -2)), Number(hhmm.slice(-2)), 0];
  return [Number(h), ban ? 30 : Number(mm ?? m ?? 0), Number(s ?? 0)];
}

function hourOf(hour, half) {
  if (AFTERNOON.has(half) && (hour < NOON || half === "晚上") && hour <= NOON) return hour + NOON;
  return MORNING.has(half) && hour === NOON ? 0 : hour;
}

/** `13:30-13:35` or a single time → [start, end or null]; an end before its start is on the other side of midnight. */
// lint: export, tests read it by itself
export function parseRange(text) {
  const said = plain(text);
  const dash = RANGE.exec(said);
  const start = parseClock(dash ? said.slice(0, dash.index) : said);
  const rest = dash ? said.slice(dash.index + dash[0].length) : "";
  if (start === null || !rest) return start === null ? null : [start, null];
  const end = parseClock(rest);
  if (end === null) return null;
  return [start, end < start ? end + DAY : end];
}

/** A time, `接續` or `視現場` → [mode, seconds or null, end or null]. */
export function parseStart(text) {
  const said = plain(text);
  if (LINKED.test(said)) return ["linked", null, null];
  if (MANUAL.test(said)) return ["manual", null, null];
  const found = parseRange(said);
  return found ? ["fixed", ...found] : null;
}

/** `15分`, `1小時30分`, `半小時`, `1'30"`, `1h30m`, `0:30`, `30` → seconds. `unit` is that of a bare number. */
export function parseDuration(text, unit = "minutes") {
  const said = plain(text);
  const total = colonLength(said, unit) ?? wordLength(said, unit);
  return total !== null && total <= LONGEST_S ? halfToEven(total) : null;
}

function colonLength(said, unit) {
  const found = /^(\d{1,3}):(\d{2})(?::(\d{2}))?$/u.exec(said);
  if (!found) return null;
  const [first, second, third] = found.slice(1).map((part) => Number(part ?? 0));
  if (Math.max(second, third) >= MINUTE) return null;
  const whole = first * HOUR + second * MINUTE + third;
  return unit === "seconds" && found[3] === undefined ? whole / MINUTE : whole;
}

function wordLength(said, unit) {
  if (new RegExp(`^${NUMBER}$`, "u").test(said)) return Number(said) * (unit === "minutes" ? MINUTE : 1);
  const whole = said.replaceAll("個半小時", ".5小時").replaceAll("半小時", "0.5小時").replaceAll("半個小時", "0.5小時");
  const found = LENGTH.exec(whole.replace(/('\d{1,2})$/u, '$1"').replace(UNIT_LEFT_OUT, "$1$2分"))?.groups;
  if (!found || !said) return null;
  const hours = Number(found.h ?? 0) + (found.hh ? 0.5 : 0);
  const minutes = Number(found.m ?? 0) + (found.mh ? 0.5 : 0);
  return hours * HOUR + minutes * MINUTE + Number(found.s ?? 0);
}

/** As Python rounds. */
function halfToEven(number) {
  const low = Math.floor(number);
  if (number - low !== 0.5) return Math.round(number);
  return low % 2 ? low + 1 : low;
}

/** `-10:00`, `−2'`, `+15"`, `0` → signed seconds from a row's start. `2:00` is two minutes. */
export function parseOffset(text) {
  const said = plain(text);
  const length = parseDuration(/^[+-]/u.test(said) ? said.slice(1) : said, "seconds");
  return length !== null && said.startsWith("-") ? -length : length;
}

/** Half-width, lower case, straight quotes, no words that only say it is about so much. */
function plain(text) {
  const straight = [...text].slice(0, 80).map((mark) => QUOTES.get(mark) ?? mark);
  return straight.join("").normalize("NFKC").trim().toLowerCase().replace(ABOUT, "").replace(TAIL, "");
}

/**
 * Epoch ms of a time in an operating day: 00:30 is the same as 24:30, after midnight. A local time that the clocks jump
 * over is moved on by the jump; one that comes twice is the first.
 */
export function momentOf(day, seconds, zone, dayChange) {
  const since = seconds < dayChange ? seconds + DAY : seconds;
  const local = Date.parse(`${day}T00:00:00Z`) + since * 1000;
  const [before, after] = [aheadOfUtc(local - DAY * 1000, zone), aheadOfUtc(local + DAY * 1000, zone)];
  const [first, second] = [local - before, local - after];
  return aheadOfUtc(first, zone) !== before && aheadOfUtc(second, zone) === after ? second : first;
}

/** What the zone's clocks are ahead of UTC, in ms. */
function aheadOfUtc(moment, zone) {
  const local = Date.parse(`${operatingDay(moment, zone, 0)}T${clock(moment, zone, null, true)}Z`);
  return local - Math.floor(moment / 1000) * 1000;
}
