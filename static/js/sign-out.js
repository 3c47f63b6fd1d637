// Signing out takes everything off this phone. Whoever still has something to send is told first.

import { make } from "./dom.js";
import { list } from "./outbox.js";
import { photosOf } from "./photos_store.js";
import { wipe, wipeOps } from "./shelf.js";
import { tell } from "./signal.js";
import { opener } from "./who.js";

const PATIENCE_MS = 10_000;
// Asked now: once signed out, the cookie says nobody.
const me = opener();

/** Look after every form of this page that signs out. */
export function start() {
  for (const form of document.querySelectorAll('form[action="/sign-out"]')) form.addEventListener("submit", ask);
}

/** Ops, and photos whose op the server has, but not them. */
async function countLeft() {
  const ops = await list(me);
  const named = new Set(ops.map(({ op }) => op.args.blob));
  const photos = (await photosOf(me)).filter(({ hash, sent }) => !sent && !named.has(hash));
  return ops.length + photos.length;
}

async function ask(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const left = await countLeft();
  if (left && !form.querySelector("[data-unsent]")) {
    say(form, "data-unsent", form.dataset.unsentWords.replace("{n}", left));
    return;
  }
  tell("leaving");
  if (!(await ended())) {
    tell("staying");
    say(form, "data-no-line", form.dataset.noLineWords);
    return;
  }
  await wipeOps(me);
  await wipe();
  location.replace("/sign-in");
}

function say(form, name, text) {
  form.querySelector(`[${name}]`)?.remove();
  form.prepend(make("p", { class: "notice", "data-tone": "stop", role: "alert", [name]: true }, text));
}

/** Whether the server has ended the session. Without signal nothing is wiped: it would still be open to the next one. */
async function ended() {
  try {
    const answer = await fetch("/sign-out", { method: "POST", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.type === "opaqueredirect" || answer.ok || answer.status === 401;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    return false;
  }
}
