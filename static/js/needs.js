// What the page's rows need and when, for clashes.js; and how a clash is told.

import { clock } from "./format.js";
import { microphones } from "./microphones.js";
import { nameOf, names } from "./names.js";
import { page } from "./page.js";
import { board, entries } from "./sheet.js";
import { t } from "./words.js";

const SOUND = /音|聲|麥|sound|audio|mic/iu;
// What a row names changes only with the row.
const read = new WeakMap();

/** Rows as clashes.js takes them. A projected time is the truer one. */
export function needs() {
  const { times } = board();
  const cells = soundCells();
  return entries().map(({ id, el, row }) => {
    if (!read.has(row)) read.set(row, named(el, row, cells));
    const { planned_start: start, planned_end: end, projected_start: from, projected_end: until } = times[id];
    return { ...read.get(row), start: from ?? start, end: until ?? end };
  });
}

function named(el, { id, kind, parent, track, state }, cells) {
  const said = cells ? [...el.querySelectorAll(cells)].map(({ textContent }) => microphones(textContent)) : [];
  return { id, kind, parent, track, state, people: words(el.dataset.people), place: el.dataset.place ?? null, microphones: [...new Set(said.flat())] };
}

const words = (text) => (text ?? "").split(" ").filter(Boolean);

/** A selector of the cells of sound, in the table or the list. */
function soundCells() {
  const sound = names("columns").filter(([id, name]) => SOUND.test(`${id} ${name}`)).map(([id]) => CSS.escape(id));
  return sound.flatMap((id) => [`[data-field="columns.${id}"]`, `.cue-cells > [data-col="${id}"] > dd`]).join();
}

/** 手麥 1, or a person's or place's name. */
function needName({ kind, id }) {
  if (kind !== "microphone") return nameOf(kind === "person" ? "people" : "places", id);
  const [sort, number] = id.split(" ");
  return [t(`mic_${sort}`), number].filter(Boolean).join(" ");
}

/** "與 204 主持串場 14:20–14:30 同時需要 手麥 1"; `title` and `day` are the other row's. */
export function clashText({ start, end, needs: shared }, title, day) {
  const at = (moment) => clock(moment, page.zone, day || null);
  const span = end - start < 60_000 ? at(start) : `${at(start)}–${at(end)}`;
  return t("needs_both", { title, span, what: shared.map(needName).join(t("comma")) });
}
