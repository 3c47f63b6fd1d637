// A guest's page: asks with the secret of its link what the sheet shows now, and again every 15 to 20 s with what it has.
// Without an answer it keeps what it has, and says how old that is. Nothing is stored but the size of type.

import { mark, write } from "./dom.js";
import { keep, kept } from "./store.js";

const EVERY_MS = 15_000;
const SPREAD_MS = 5000;
const PATIENCE_MS = 12_000;
const MINUTE_MS = 60_000;
const GONE = 404;
const NOTHING_NEW = 204;
const SIZES = ["", "large", "huge"];
const FOCUSABLE = "a, button, summary";

const { build, preview } = document.body.dataset;
const secret = location.hash.slice(1).match(/^[\w-]*/)[0];
const sheet = document.querySelector('[data-out="sheet"]');
// None where it is only looked at by those who make links.
const panels = document.querySelector('[data-out="panels"]');
let have = "";
let asOf = preview ?? "";
let heard = 0;
let timer = 0;
let turn = 0;
let isClosed = false;

function panel(name) {
  sheet.hidden = name !== "";
  if (panels) panels.hidden = name === "";
  for (const each of document.querySelectorAll("[data-panel]")) each.hidden = each.dataset.panel !== name;
}

/** What the sheet says of its own age. */
function sign(is) {
  const line = sheet.querySelector('[data-out="guest-link"]');
  if (!line) return;
  mark(line, "data-is", is);
  for (const time of line.querySelectorAll('[data-out="as-of"]')) write(time, asOf);
  const age = line.querySelector('[data-out="age"]');
  const minutes = Math.floor((Date.now() - heard) / MINUTE_MS);
  write(age, is === "off" && minutes > 0 ? age.dataset.words.replace("{n}", minutes) : "");
}

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const { scrollX, scrollY } = window;
  const focused = [...sheet.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  for (const { id } of sheet.querySelectorAll("details[open]")) fresh.getElementById(id)?.setAttribute("open", "");
  sheet.replaceChildren(...fresh.body.childNodes);
  const page = sheet.querySelector("main");
  document.documentElement.lang = page.lang;
  document.title = page.querySelector("h1").textContent;
  panel("");
  sheet.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
  scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
}

function answered({ headers, status }, html) {
  heard = Date.now();
  asOf = headers.get("Fieldcue-As-Of") ?? "";
  have = headers.get("Fieldcue-Have") ?? "";
  if (status !== NOTHING_NEW) take(html);
  sign("on");
}

function close() {
  isClosed = true;
  sheet.replaceChildren();
  panel("closed");
}

function missed(name) {
  if (have) sign("off");
  else panel(name);
}

/** Another program's answer, a proxy's or a portal's, says nothing of the link. */
const isOurs = (answer) => answer.headers.has("Fieldcue-Build");

/** Two at once happen when a line comes back: only the later one counts. */
async function ask() {
  clearTimeout(timer);
  turn += 1;
  const mine = turn;
  const { answer, html } = await fetched();
  if (mine !== turn) return;
  if (!answer || !isOurs(answer)) missed("offline");
  else if (answer.headers.get("Fieldcue-Build") !== build) location.reload();
  else if (answer.status === GONE) close();
  else if (answer.ok) answered(answer, html);
  else missed("busy");
  if (!isClosed) timer = setTimeout(ask, EVERY_MS + Math.random() * SPREAD_MS);
}

/** {answer, html}: what the server says to what we have, read to its end; no answer if there is no line. */
async function fetched() {
  try {
    const body = new URLSearchParams({ secret, have });
    const answer = await fetch("/guest/sheet", { method: "POST", body, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return { answer, html: await answer.text() };
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    return { answer: null, html: "" };
  }
}

const acts = {
  print: () => print(),
  type() {
    keep("type", SIZES[(SIZES.indexOf(kept("type") ?? "") + 1) % SIZES.length] || null);
    document.dispatchEvent(new CustomEvent("fieldcue:theme"));
  },
};

/** Within the page by script alone: the address must keep its secret, or it could not be opened again. */
function pressed(event) {
  const link = event.target.closest('a[href^="#"]');
  if (link) {
    event.preventDefault();
    const place = document.getElementById(link.getAttribute("href").slice(1));
    if (place?.localName === "details") place.open = true;
    place?.focus({ preventScroll: true });
    place?.scrollIntoView();
  }
  const name = event.target.closest("[data-guest]")?.dataset.guest;
  if (name) acts[name]();
}

/** On paper stands what is folded, too. */
function unfold() {
  for (const day of sheet.querySelectorAll("details")) day.open = true;
}

document.addEventListener("click", pressed);
addEventListener("beforeprint", unfold);
if (preview !== undefined) {
  sign("on");
} else if (secret) {
  addEventListener("hashchange", () => location.reload());
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !isClosed && ask());
  ask();
} else {
  panel("none");
}
