// The preview: whatever is chosen otherwise, the server shows anew what the file becomes; one button brings that in.

import { mark, out } from "./dom.js";
import { takenArgs } from "./import-compare.js";
import { newId } from "./import-jobs.js";
import { send } from "./op.js";
import { hear, tell } from "./signal.js";
import { t } from "./words.js";

const PATIENCE_MS = 90_000;
const form = document.getElementById("import-form");
const preview = document.getElementById("import-preview");
let asking = null;

export function start() {
  if (!form) return;
  form.addEventListener("change", ({ target }) => renew(target.name));
  form.addEventListener("click", ({ target }) => {
    const start = target.closest("[data-start]");
    if (start) beginAnew(start.dataset.start);
  });
  form.addEventListener("keydown", notYet);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    bringIn();
  });
  hear("imported", ({ upload }) => {
    if (form.action.endsWith(`/${upload}`)) renew("");
  });
}

/** Enter in a field means the field, not the whole import. */
function notYet(event) {
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault();
  event.target.blur();
}

/** By the guess, or as the last time: nothing of the form counts but its sheet. */
function beginAnew(start) {
  const sheet = form.querySelector("#import-sheet");
  look(new URLSearchParams({ start, ...(sheet ? { sheet: sheet.value } : {}) }));
}

/** What the form says now. */
async function renew(name) {
  const said = new URLSearchParams(new FormData(form));
  said.set("changed", name.startsWith("field-") ? name.slice(6) : "");
  await look(said);
}

/** Ask for the preview; only the last answer counts. */
async function look(said) {
  asking?.abort();
  const mine = (asking = new AbortController());
  busy(true);
  const html = await ask(said, mine.signal);
  if (mine !== asking) return;
  busy(false);
  if (html) show(html);
  else out("trouble", form).textContent = t("look_failed");
}

async function ask(body, signal) {
  try {
    const both = AbortSignal.any?.([signal, AbortSignal.timeout(PATIENCE_MS)]) ?? signal;
    const answer = await fetch(form.action, { method: "POST", body, signal: both, redirect: "error" });
    if (answer.status === 401 || answer.status === 404) location.reload();
    return answer.ok ? await answer.text() : "";
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return "";
    throw error;
  }
}

/** Take the new part over; who stands on a field stays there, and tables stay where they were scrolled to. */
function show(html) {
  const focused = preview.contains(document.activeElement) ? document.activeElement.id : "";
  const places = [...preview.querySelectorAll(".scroll")].map((part) => part.scrollLeft);
  preview.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  preview.querySelectorAll(".scroll").forEach((part, index) => part.scrollTo({ left: places[index] ?? 0 }));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  tell("preview");
}

/** While the answer is under way, what is seen is not what would be brought in. */
function busy(is) {
  mark(preview, "aria-busy", is ? "true" : null);
  const button = form.querySelector('[type="submit"]');
  if (button && is) button.disabled = true;
}

async function bringIn() {
  const said = document.getElementById("import-args");
  if (!said || preview.hasAttribute("aria-busy")) return;
  busy(true);
  document.querySelector(".desk-page").scrollTo({ top: 0 });
  const id = newId();
  const args = { id, ...JSON.parse(said.textContent) };
  if (args.scope) args.taken = takenArgs();
  const { status, error } = await send(args.scope ? "import.update" : "import.apply", args, { row: `job-${id}`, quiet: true });
  await renew("");
  if (status !== "applied") out("trouble", form).textContent = error.message;
}
