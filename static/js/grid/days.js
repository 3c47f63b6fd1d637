// The days as tabs.

import { make, mark } from "../dom.js";
import { nameOf } from "../names.js";
import { page } from "../page.js";
import { hear } from "../signal.js";
import { day, days } from "./filter.js";

const nav = () => document.querySelector(".days");
const planned = new Set();

function word(date) {
  const moment = new Date(`${date}T12:00:00Z`);
  const style = page.locale === "en" ? "short" : "narrow";
  const weekday = new Intl.DateTimeFormat(page.locale, { weekday: style, timeZone: "UTC" }).format(moment);
  const name = nameOf("days", date);
  return `${name === date ? `${moment.getUTCMonth() + 1}/${moment.getUTCDate()}` : name} ${weekday}`;
}

function refresh() {
  const wanted = [...new Set([...planned, ...days(), day()])].sort();
  const held = [...nav().querySelectorAll("[data-day]")].map(({ dataset }) => dataset.day);
  if (wanted.join() !== held.join()) {
    for (const old of nav().querySelectorAll("[data-day]")) old.remove();
    nav().prepend(...wanted.map((date) => make("a", { href: `#${date}`, "data-day": date }, word(date))));
  }
  for (const link of nav().querySelectorAll("[data-day]")) mark(link, "aria-current", link.dataset.day === day() ? "page" : false);
}

export function start() {
  for (const link of nav().querySelectorAll("[data-day]")) {
    planned.add(link.dataset.day);
    link.textContent = word(link.dataset.day);
  }
  hear("filtered", refresh);
  hear("board", ({ changed }) => changed && refresh());
  refresh();
}
