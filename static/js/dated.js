// A moment of the past: one of this operating day is told by its time, an older one by its day, too.

import { now } from "./clock.js";
import { clock, operatingDay } from "./format.js";
import { page } from "./page.js";
import { t } from "./words.js";

const DAY_MS = 86_400_000;
const dayOf = (moment) => operatingDay(moment, page.zone, page.dayChange);

/** 昨天, or 11/28; nothing for today. */
export function pastDay(moment) {
  const [today, then] = [dayOf(now()), dayOf(moment)];
  if (today === then) return "";
  if (Date.parse(today) - Date.parse(then) === DAY_MS) return t("yesterday");
  const [, month, day] = then.split("-").map(Number);
  return t("day_of", { day, month: t("months").split(" ")[month - 1] });
}

export const timeOf = (moment, seconds = false) => clock(moment, page.zone, dayOf(moment), seconds);

export const dated = (moment, seconds = false) => `${pastDay(moment)} ${timeOf(moment, seconds)}`.trim();
