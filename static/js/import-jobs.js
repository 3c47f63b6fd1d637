// The rows of one's own imports: which belong to this page, since when, and taking one out again or calling it off.

import { make, mark } from "./dom.js";
import { clock } from "./format.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { keepAttributes } from "./renew.js";
import { rowOf } from "./rows.js";
import { hear, tell } from "./signal.js";

const list = document.querySelector('[data-list="job"]');
const awaited = new Map();

/** An id for something new, also where the page is not on https. */
export const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Call `act` once the job is done. If it fails, its row says why. */
export const whenDone = (job, act) => awaited.set(`job-${job}`, act);

export function start() {
  keepAttributes("hidden");
  hear("rows", ({ changed }) => {
    const jobs = changed.filter((id) => id.startsWith("job-"));
    if (!jobs.length) return;
    paint();
    for (const id of jobs) look(rowOf(id));
  });
  document.addEventListener("held", ({ target }) => {
    const button = target.closest("[data-undo]");
    if (button) end(button, "import.undo");
  });
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-cancel]");
    if (button) end(button, "import.cancel");
  });
  paint();
}

/** On the page of one file stand only its own imports. */
function paint() {
  const { only } = list.dataset;
  for (const row of list.children) {
    mark(row, "hidden", Boolean(only) && row.dataset.upload !== only);
    const time = row.querySelector("time[data-at]");
    if (time) time.textContent = clock(Number(time.dataset.at), page.zone);
  }
}

function look(row) {
  const { state, upload } = row.dataset;
  if (state !== "done" && state !== "failed") return;
  tell("imported", { upload });
  const act = awaited.get(row.id);
  awaited.delete(row.id);
  if (act && state === "done") act();
}

/** Take an import out again, or call it off. */
async function end(button, op) {
  const row = button.closest(".job");
  button.disabled = true;
  const { status, error } = await send(op, { id: row.dataset.id }, { row: row.id, quiet: true });
  if (status === "applied") return;
  button.disabled = false;
  row.querySelector(".err")?.remove();
  row.append(make("p", { class: "err", role: "alert", "data-kept": true }, error.message));
}
