// Times as people on site read them, the same as server/runsheet/clock_text.py writes them. Instants and lengths are
// milliseconds; `zone` is the event's time zone, `day` the operating day as an ISO date.

import { keep, kept } from "./store.js";

const MINUS = "\u2212";
const HOUR = 3600;
const DAY_MS = 86_400_000;
// All zones change their clocks at a quarter of an hour of UTC.
const QUARTER_MS = 900_000;
const MANY = 20_000;
// What is remembered of a zone reaches so far: a phone whose zones are renewed does not believe the old for long.
const DAYS = 14;
const ENOUGH_MS = 3 * DAY_MS;

const remembered = new Map();
const formatters = new Map();
const offsets = new Map();

/** Time of day, counted on through midnight of the operating day: 24:30, or 30:00 for its last end. */
export function clock(moment, zone, day = null, seconds = false) {
  const local = moment + offsetAt(moment, zone);
  const [date, rest] = [Math.floor(local / DAY_MS), Math.floor(modulo(local, DAY_MS) / 1000)];
  const days = day ? Math.max(date - Date.parse(day) / DAY_MS, 0) : 0;
  const text = `${two(Math.floor(rest / HOUR) + 24 * days)}:${two(Math.floor(rest / 60) % 60)}`;
  return seconds ? `${text}:${two(rest % 60)}` : text;
}

/** The operating day of a moment, as an ISO date: with a change at 06:00, 00:30 belongs to the evening before. */
export function operatingDay(moment, zone, dayChange = 6 * HOUR) {
  const local = moment + offsetAt(moment, zone);
  return new Date(local - dayChange * 1000).toISOString().slice(0, 10);
}

/** Signed: +3:20 behind, −1:00 ahead, 0:00 on time. */
export function late(length) {
  const total = Math.floor(Math.abs(length) / 1000);
  return sign(total ? length : 0, "+") + colons(total);
}

/** 40′, 1′30″, 15″; from an hour on 1:05:00. */
export function duration(length) {
  const total = Math.floor(Math.abs(length) / 1000);
  return sign(total ? length : 0) + (total >= HOUR ? colons(total) : primes(total));
}

/** 06:40 or 1:05:00. It reaches 00:00 when the time is over, not a second before, and goes on below that. */
export function countdown(length) {
  const total = Math.ceil(length / 1000);
  return sign(total) + colons(Math.abs(total)).padStart(5, "0");
}

const two = (number) => String(number).padStart(2, "0");
const modulo = (number, base) => ((number % base) + base) % base;

function sign(number, plus = "") {
  if (number < 0) return MINUS;
  return number > 0 ? plus : "";
}

function colons(total) {
  const [hours, minutes, seconds] = [Math.floor(total / HOUR), Math.floor(total / 60) % 60, total % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function primes(total) {
  const [minutes, seconds] = [Math.floor(total / 60), total % 60];
  if (!minutes && seconds) return `${seconds}″`;
  return `${minutes}′${seconds ? `${two(seconds)}″` : ""}`;
}

/**
 * Keep what the zone's clocks are ahead of UTC in the days around now, so that the next start need not ask: Intl takes
 * a slow phone 50 ms to begin with. For when nobody waits.
 */
export function rememberZone(zone, now) {
  const known = memoryOf(zone);
  if (known && known.from <= now && known.until > now + ENOUGH_MS) return;
  // Intl is asked for whole seconds: what is below them would count as an offset.
  const begun = Math.floor(now / QUARTER_MS) * QUARTER_MS;
  const offset = readOffset(begun, zone);
  const reach = (step) => {
    let days = 0;
    while (days < DAYS && readOffset(begun + step * (days + 1) * DAY_MS, zone) === offset) days += 1;
    return begun + step * days * DAY_MS;
  };
  remembered.set(zone, { from: reach(-1), until: reach(1), offset });
  keep(`zone:${zone}`, JSON.stringify(remembered.get(zone)));
}

function memoryOf(zone) {
  if (!remembered.has(zone)) remembered.set(zone, JSON.parse(kept(`zone:${zone}`) ?? "null"));
  return remembered.get(zone);
}

/** What the zone's clocks are ahead of UTC. Intl is slow, so it is asked once for each quarter of an hour. */
function offsetAt(moment, zone) {
  const known = memoryOf(zone);
  if (known && known.from <= moment && moment <= known.until) return known.offset;
  const quarter = Math.floor(moment / QUARTER_MS);
  const key = `${quarter} ${zone}`;
  if (!offsets.has(key)) {
    if (offsets.size > MANY) offsets.clear();
    offsets.set(key, readOffset(quarter * QUARTER_MS, zone));
  }
  return offsets.get(key);
}

function readOffset(moment, zone) {
  const parts = formatter(zone).formatToParts(moment);
  const local = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second) - moment;
}

function formatter(zone) {
  if (!formatters.has(zone)) {
    const units = ["year", "month", "day", "hour", "minute", "second"].map((unit) => [unit, "numeric"]);
    const wanted = { ...Object.fromEntries(units), timeZone: zone, calendar: "gregory", hourCycle: "h23" };
    formatters.set(zone, new Intl.DateTimeFormat("en-US", wanted));
  }
  return formatters.get(zone);
}
