// The field for a code: take a scanned one out of the address, send it, and keep it when there is no signal.

import { tellInApp } from "./leave-app.js";
import { keep } from "./store.js";

const PATIENCE_MS = 15_000;
const form = document.getElementById("code-form");
const field = form.elements.code;
const offline = form.querySelector('[data-when="offline"]');

/** In an app the code stays in the address, to be carried on to a real browser, and can't be used up. */
function start() {
  const scanned = location.hash.slice(1);
  if (tellInApp()) {
    form.hidden = true;
    return;
  }
  if (scanned) {
    history.replaceState(null, "", location.pathname + location.search);
    field.value = scanned;
  } else {
    field.focus();
  }
}

/** The server answers with the way on, or with this page and what is wrong. A redirect's own page is not for us. */
async function send() {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.type === "opaqueredirect") {
    keep("install-hint", "1");
    return location.replace(form.elements.to.value);
  }
  if (answer.status >= 500) return tell("", true);
  const said = new DOMParser().parseFromString(await answer.text(), "text/html");
  return tell(said.getElementById("f-code-err")?.textContent ?? "", false);
}

function tell(trouble, isOffline) {
  document.getElementById("f-code-err").textContent = trouble;
  field.setAttribute("aria-invalid", String(trouble !== ""));
  offline.hidden = !isOffline;
  if (trouble) field.select();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await send();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    tell("", true);
  } finally {
    button.disabled = false;
  }
});

/** What was typed or scanned comes along to the page in the other language, where no server sees it. */
document.querySelector("[data-act=language]").addEventListener("click", ({ currentTarget }) => {
  currentTarget.hash = field.value || location.hash;
});

start();
addEventListener("hashchange", () => location.hash.length > 1 && start());
