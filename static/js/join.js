// A personal link: take the secret out of the address, look whose it is, ask, and spend it once.

import { copyText } from "./copying.js";
import { inApp, outOfLine } from "./in-app.js";
import { keep } from "./store.js";

const PATIENCE_MS = 15_000;
// A secret has only letters, digits, - and _; whatever else came with it was put there by an app on the way.
const secret = location.hash.slice(1).match(/^[\w-]*/)[0];
const lang = document.body.dataset.lang;
// Names this try, so that it can be asked again if the answer gets lost on a bad line.
const attempt = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const card = document.querySelector('[data-panel="card"]');
let last = look;

function show(name) {
  for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
}

function post(address) {
  last = address === "/join" ? spend : look;
  const body = new URLSearchParams({ secret, lang, attempt });
  return fetch(address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
}

/** Do it; without a connection say so, and that nothing is lost. */
async function trying(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    show("offline");
  }
}

async function look() {
  const answer = await post("/join/look");
  if (answer.status >= 500) return show("offline");
  return open(await answer.text());
}

async function spend() {
  const answer = await post("/join");
  if (answer.status >= 500) return show("offline");
  if (!answer.ok) return open(await answer.text());
  const { to } = await answer.json();
  keep("install-hint", "1");
  return location.replace(to);
}

/** Show a card of the server's; who is in already goes straight on. */
function open(html) {
  // lint: html, the card is a template of our own server, which escapes every text in it
  card.innerHTML = html;
  const { to } = card.firstElementChild.dataset;
  if (to) location.replace(to);
  else show("card");
}

const acts = {
  join(button) {
    button.disabled = true;
    trying(spend);
  },
  // One try at a time: a second one would end what the first is about to bring.
  async again(button) {
    button.disabled = true;
    await trying(last);
    button.disabled = false;
  },
  back: () => show("card"),
  "not-me": () => show("not-me"),
  // A page in another language is another page: it takes the secret from its address as this one did.
  language: (link) => location.replace(`${link.getAttribute("href")}#${secret}`),
  async copy() {
    document.querySelector('[data-out="copied"]').hidden = !(await copyText(location.href));
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const act = acts[button?.dataset.act];
  if (!act) return;
  event.preventDefault();
  act(button);
});

/** Only in a real browser does the secret leave the address; in an app it has to be carried on to one. */
function start() {
  const app = inApp(navigator.userAgent);
  if (app && secret) {
    document.querySelector('[data-act="leave-line"]').href = outOfLine("/join", `#${secret}`);
    show(app);
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  if (secret) trying(look);
  else show("no-link");
}

start();
addEventListener("hashchange", () => location.hash.length > 1 && location.reload());
