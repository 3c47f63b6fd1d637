// What is connected to an event. A token is made here, in the browser: it leaves only as a hash, and is shown once.

import { copyText } from "./copying.js";
import { out, write } from "./dom.js";
import { newId, send } from "./op.js";
import { follow } from "./people-page.js";
import { makeSecret } from "./qr.js";
import { reason } from "./reasons.js";

const quiet = { quiet: true };
const COPIED_MS = 4000;
let copied = 0;

/** The lists as they are now, nodes of a page of ours: nothing else changes, so that nobody loses what they type. */
export async function refresh() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const list of document.querySelectorAll("[data-fresh]")) {
    const newer = fresh.getElementById(list.id);
    if (newer && !newer.isEqualNode(list)) list.replaceChildren(...newer.childNodes);
  }
}

/** Send an op; its trouble stands where it was asked for. Whether it was applied. */
export async function ask(op, args, trouble) {
  const { status, error } = await send(op, args, { ...quiet, row: `${op}-${args.id}` });
  write(out(trouble), status === "applied" ? "" : reason(error));
  if (status === "applied") await refresh();
  return status === "applied";
}

async function makeDesk(form) {
  const { name, track } = Object.fromEntries(new FormData(form));
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const { secret, hash } = await makeSecret();
  const id = `d${newId().replaceAll("-", "").slice(0, 12)}`;
  const isMade = await ask("desk.open", { id, track, name: name.trim(), hash }, "desk-trouble");
  button.disabled = false;
  out("desk-made").hidden = !isMade;
  if (!isMade) return;
  out("desk-token").value = `Bearer ${secret}`;
  out("desk-made").scrollIntoView({ block: "nearest" });
}

async function copy(button) {
  if (!(await copyText(document.getElementById(button.dataset.copy).value))) return;
  const said = button.closest(".connection-made").querySelector("[data-out=copied]");
  said.hidden = false;
  clearTimeout(copied);
  copied = setTimeout(() => (said.hidden = true), COPIED_MS);
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "desk-form") return;
  event.preventDefault();
  makeDesk(event.target);
});
document.addEventListener("click", ({ target }) => {
  const copying = target.closest("[data-copy]");
  if (copying) copy(copying);
  const closing = target.closest("[data-desk-close]");
  if (closing) ask("desk.close", { id: closing.dataset.deskClose }, "desk-trouble");
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
follow();
