// What is between a row and the one before it, by plan: 空檔 5 分 a gap, 重疊 3 分 an overlap; nothing where they meet.

import { duration } from "./format.js";
import { gapOf } from "./sheet.js";
import { t } from "./words.js";

const MINUTE_MS = 60_000;

/** A length as one says it. */
export const inMinutes = (ms) => (ms % MINUTE_MS ? duration(ms) : t("minutes", { n: ms / MINUTE_MS }));

export function between(id) {
  const gap = gapOf(id);
  return gap ? t(gap > 0 ? "gap" : "overlap", { length: inMinutes(Math.abs(gap)) }) : "";
}
