// My next row, and the buttons with which I say of it: ready, finished, need help.

import { now } from "./clock.js";
import { copy, mark } from "./dom.js";
import { operatingDay } from "./format.js";
import { may, me } from "./me.js";
import { isPending, send } from "./op.js";
import { page } from "./page.js";
import { isOn } from "./rehearsal.js";
import { rowOf } from "./rows.js";
import { entries, entry, timesOf } from "./sheet.js";
import { t } from "./words.js";

const SOON_MS = 15 * 60_000;
const OVER = new Set(["done", "skipped"]);
const WAITING = new Set(["planned", "warm", "standby"]);
let acts = null;

const myMark = (id) => (me() ? rowOf(`mark-${id}:${me().id}`)?.dataset.mark : undefined);

/** My rows of today that are still to come or run, in the order of their projected starts. */
export function myRows() {
  const today = operatingDay(now(), page.zone, page.dayChange);
  return entries()
    .filter(({ mine, row }) => mine && row.kind !== "segment" && !OVER.has(row.state) && (!row.day || isOn(row, today)))
    .map((found) => [startOf(found.row), found])
    .filter(([start]) => start !== null)
    .sort(([one], [other]) => one - other)
    .map(([, found]) => found);
}

const startOf = (row) => timesOf(row.id)?.projected_start ?? null;

/** The first of them that is still to come and that I have not finished; null if there is none. */
export const myTurn = () => myRows().find(({ row }) => WAITING.has(row.state) && myMark(row.id) !== "done")?.row.id ?? null;

/** Whether it is soon, or called already: one's turn, and not only good to know. */
export const isSoon = (id) => startOf(entry(id).row) - now() < SOON_MS || entry(id).row.state !== "planned";

/** Put the buttons into that row. */
export function showTurn(id) {
  if (!may("mark")) return;
  acts ??= build();
  const found = id && entry(id);
  if (!found) {
    acts.remove();
    return;
  }
  if (acts.parentElement !== found.el) found.el.append(acts);
  press(acts, id);
}

/** Show which of the three I have said of a row; while one is on its way, what was pressed stays pressed. */
export function press(holder, id) {
  if (isPending(`cue-${id}`)) return;
  const said = myMark(id);
  for (const button of holder.querySelectorAll("[data-op]")) {
    mark(button, "aria-pressed", String(button.dataset.op === `cue.${said}`));
  }
}

/** The three buttons for a row; what was pressed can be taken back by pressing it again. */
export function build(idOf = (button) => button.closest(".cue").dataset.id) {
  const made = copy("crew-acts").firstElementChild;
  mark(made, "data-kept", true);
  made.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-op]");
    if (!button) return;
    const id = idOf(button);
    const taken = button.getAttribute("aria-pressed") === "true";
    const title = `${titleOf(id)} · ${taken ? t("mark_taken_back") : button.textContent.trim()}`;
    for (const other of made.querySelectorAll("[data-op]")) mark(other, "aria-pressed", String(other === button && !taken));
    send(taken ? "cue.unmark" : button.dataset.op, { id }, { title }).then(() => press(made, id));
  });
  return made;
}

/** A row's number and name, as one says them. */
export function titleOf(id) {
  const found = entry(id);
  if (!found) return "";
  const title = found.el.querySelector(".cue-title");
  const name = [...title.childNodes].filter((part) => part.nodeName !== "SMALL").map((part) => part.textContent).join("");
  return [found.el.dataset.no, name.trim()].filter(Boolean).join(" ");
}
