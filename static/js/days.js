// The event's days, and those on which rows stand besides: a day may come with a row, as when a sheet is brought in.

import { make } from "./dom.js";
import { operatingDay } from "./format.js";
import { names } from "./names.js";
import { now } from "./clock.js";
import { page } from "./page.js";
import { entries } from "./sheet.js";

let known = [];

/** Look which days there are, and offer them where one picks a day. */
export function offerDays() {
  const dates = new Set([...names("days").map(([date]) => date), ...entries().map(({ row }) => row.day)]);
  dates.delete("");
  const days = [...dates].sort();
  if (days.join() === known.join()) return;
  known = days;
  for (const select of document.querySelectorAll('select[name="day"]')) offer(select);
}

function offer(select) {
  const words = new Map([...select.options].map(({ value, text }) => [value, text]));
  const { value } = select;
  select.replaceChildren(...known.map((date) => make("option", { value: date }, words.get(date) ?? short(date))));
  select.value = value;
  select.closest(".pick").hidden = known.length < 2;
}

const short = (date) => date.slice(5).split("-").map(Number).join("/");

/** The day that is shown at first: today's, or the nearest one that has rows. */
export function today() {
  const date = operatingDay(now(), page.zone, page.dayChange);
  return known.includes(date) ? date : (known.find((day) => day > date) ?? known.at(-1) ?? "");
}
