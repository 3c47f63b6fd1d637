// What has changed in rows, as it waits to be answered by those it touches.

import { rowsOf } from "./rows.js";
import { entry } from "./sheet.js";

const OVER = new Set(["done", "skipped"]);
const words = (text) => (text ?? "").split(" ").filter(Boolean);
const moments = (text) => new Map(words(text).map((pair) => pair.split(":")).map(([who, at]) => [who, Number(at)]));

/** One notice as data. */
function read({ dataset, id: row }) {
  const { id, cue, by, at, sent, edition } = dataset;
  return { id, row, cue, by, edition: Number(edition), at: Number(at), sent: Number(sent), to: words(dataset.to), acked: moments(dataset.acked), reminded: moments(dataset.reminded) };
}

/** What is over is no news any more. */
const counts = ({ cue }) => !OVER.has(entry(cue)?.row.state) || entry(cue).el.hasAttribute("data-unpublished");

/** Every notice that still counts. */
export const notices = () => rowsOf("notice").map(read).filter(counts);

/** Who of those that a notice is for has not answered it. */
export const openTo = (notice) => notice.to.filter((who) => !notice.acked.has(who));
