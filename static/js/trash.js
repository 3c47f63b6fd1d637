// 垃圾桶: what was removed, read from the server when it is opened and when rows go or come back; one tap restores.

import { mark, out, write } from "./dom.js";
import { dated } from "./dated.js";
import { isOurs } from "./drain.js";
import { send } from "./op.js";
import { page } from "./page.js";
import { hear, tell } from "./signal.js";
import { t } from "./words.js";

const PAUSE_MS = 300;
let timer = 0;
let asked = 0;

const panel = () => document.getElementById("trash");
const isDialog = () => panel().localName === "dialog";
const isOpen = () => (isDialog() ? panel().open : !panel().hidden);
const field = () => panel().querySelector("[data-trash-search]");

function toggle() {
  if (isDialog()) panel().showModal();
  else panel().hidden = !panel().hidden;
  for (const button of document.querySelectorAll("button[data-trash][aria-pressed]")) mark(button, "aria-pressed", String(isOpen()));
  if (!isOpen()) return;
  tell("beside", { id: "trash" });
  look();
}

/** Read what was removed; `skip` rows are here already. Only the newest answer counts. */
async function look(skip = 0) {
  asked += 1;
  const mine = asked;
  const html = await fetched(new URLSearchParams({ search: field().value.trim(), skip }));
  if (mine !== asked) return;
  out("trash-why").hidden = html !== null;
  if (html !== null) show(html, skip);
}

async function fetched(query) {
  try {
    const answer = await fetch(`/e/${page.event}/trash?${query}`, { signal: AbortSignal.timeout(10_000) });
    return answer.ok && isOurs(answer) ? await answer.text() : null;
  } catch (error) {
    tell("silent", { error });
    return null;
  }
}

function show(html, skip) {
  const lines = new DOMParser().parseFromString(html, "text/html").body.childNodes;
  if (skip) out("trash").querySelector("[data-more]")?.remove();
  else out("trash").replaceChildren();
  out("trash").append(...lines);
  for (const time of out("trash").querySelectorAll("time[data-at]:empty")) write(time, dated(Number(time.dataset.at)));
}

/** Once for a burst of changes. */
function soon() {
  clearTimeout(timer);
  if (isOpen()) timer = setTimeout(look, PAUSE_MS);
}

const isOfTrash = (id) => id.startsWith("cue-") && out("trash").querySelector(`[data-removed="${CSS.escape(id.slice(4))}"]`);

function changed({ changed: come, gone }) {
  if (isOpen() && (gone.some((id) => id.startsWith("cue-")) || come.some(isOfTrash))) soon();
}

/** Bring a row back, once: while that waits for signal, nothing else says that it was pressed. */
async function press(button, restore) {
  const { restore: id, title } = button.dataset;
  button.disabled = true;
  await restore(id, title);
  // What was refused is still here.
  button.disabled = false;
}

const sendBack = (id, title) => send("cue.restore", { id }, { title: `${title} · ${t("restored")}` });

/** `restore(id, title)`: how a row is brought back, by default by the outbox. */
export function start(restore = sendBack) {
  document.addEventListener("click", ({ target }) => {
    if (target.closest("button[data-trash]")) toggle();
    const button = target.closest("#trash button");
    if (button?.dataset.restore) press(button, restore);
    if (button?.dataset.trashMore) look(Number(button.dataset.trashMore));
  });
  field().addEventListener("input", soon);
  hear("rows", changed);
  hear("link", ({ is }) => is === "on" && isOpen() && !out("trash-why").hidden && look());
  // Beside the table there is room for one of its wide panels.
  hear("beside", ({ id }) => id !== "trash" && isOpen() && toggle());
}
