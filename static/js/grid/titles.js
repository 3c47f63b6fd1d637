// How a row is called in sentences.

import { rowOf } from "../rows.js";
import { t } from "../words.js";

const known = new Map();

/** Its number and title; of a row that is gone, as it was last called. */
export function titleOf(id) {
  const tr = rowOf(`cue-${id}`);
  if (!tr) return known.get(id) ?? t("gone_row");
  const said = (field) => tr.querySelector(`[data-field="${field}"]`)?.textContent.trim();
  const named = [said("number"), said("title") || t("untitled")].filter(Boolean).join(" ");
  known.set(id, named);
  return named;
}
