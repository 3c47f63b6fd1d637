// What is connected to an event. A token is made here, in the browser: it leaves only as a hash, and is shown once.

import { copyText } from "./copying.js";
import { out, write } from "./dom.js";
import { start as startHold } from "./hold.js";
import { startMany } from "./member-form.js";
import { newId, send } from "./op.js";
import { follow } from "./people-page.js";
import { makeSecret } from "./qr.js";
import { reason } from "./reasons.js";

const quiet = { quiet: true };
const COPIED_MS = 4000;
const LOOK_MS = 3000;
const SECRET_BYTES = 32;
let copied = 0;

/** The lists as they are now, nodes of a page of ours: nothing else changes, so that nobody loses what they type. */
async function refresh() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const list of document.querySelectorAll("[data-fresh]")) {
    const newer = fresh.getElementById(list.id);
    // Whoever holds a button in it has not let go yet.
    if (newer && !newer.isEqualNode(list) && !list.querySelector("[data-holding]")) list.replaceChildren(...newer.childNodes);
  }
}

/** Send an op; its trouble stands where it was asked for. Whether it was applied. */
async function ask(op, args, trouble) {
  const { status, error } = await send(op, args, { ...quiet, row: `${op}-${args.id}` });
  write(out(trouble), status === "applied" ? "" : reason(error));
  if (status === "applied") await refresh();
  return status === "applied";
}

const shortId = (letter) => `${letter}${newId().replaceAll("-", "").slice(0, 12)}`;

async function makeDesk(form) {
  const { name, track } = Object.fromEntries(new FormData(form));
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const { secret, hash } = await makeSecret();
  const isMade = await ask("desk.open", { id: shortId("d"), track, name: name.trim(), hash }, "desk-trouble");
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

/** Whoever has it signs as this server: 32 random bytes, as Standard Webhooks writes them. */
function makeHookSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

function showSecret(secret) {
  out("hook-secret").value = secret;
  out("hook-made").hidden = false;
  out("hook-made").scrollIntoView({ block: "nearest" });
}

async function addHook(form) {
  const said = Object.fromEntries(new FormData(form));
  const groups = [...form.querySelectorAll('[data-many="groups"] > [aria-pressed="true"]')].map(({ value }) => value);
  const secret = makeHookSecret();
  const args = { id: shortId("w"), name: said["hook-name"].trim(), url: said["hook-url"].trim(), groups, locale: said["hook-locale"], secret };
  if (!(await ask("webhook.add", args, "hook-trouble"))) return;
  form.reset();
  form.closest("details").open = false;
  showSecret(secret);
}

const hookActs = {
  test: (id) => ask("webhook.test", { id, delivery: newId() }, "hook-trouble"),
  pause: (id) => ask("webhook.pause", { id }, "hook-trouble"),
  resume: (id) => ask("webhook.resume", { id }, "hook-trouble"),
  skip: (id) => ask("webhook.skip", { id }, "hook-trouble"),
  remove: (id) => ask("webhook.remove", { id }, "hook-trouble"),
  async rotate(id) {
    const secret = makeHookSecret();
    if (await ask("webhook.rotate", { id, secret }, "hook-trouble")) showSecret(secret);
  },
};

const forms = { "desk-form": makeDesk, "hook-form": addHook };
document.addEventListener("submit", (event) => {
  const make = forms[event.target.id];
  if (!make) return;
  event.preventDefault();
  make(event.target);
});
document.addEventListener("click", ({ target }) => {
  const copying = target.closest("[data-copy]");
  if (copying) copy(copying);
  const hook = target.closest("[data-hook]:not([data-hold])");
  if (hook) hookActs[hook.dataset.hook](hook.value);
});
document.addEventListener("held", ({ target }) => {
  if (target.matches("[data-desk-close]")) ask("desk.close", { id: target.dataset.deskClose }, "desk-trouble");
  if (target.matches("[data-hook]")) hookActs[target.dataset.hook](target.value);
});
/** How webhooks fare is no change of the event, so nobody tells of it. */
const look = () => document.visibilityState === "visible" && refresh();
document.addEventListener("visibilitychange", look);
if (document.getElementById("hooks")) setInterval(look, LOOK_MS);
startMany(() => {});
startHold();
follow();
