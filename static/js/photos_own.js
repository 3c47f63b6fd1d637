// Photos and files of this browser's own on their way, on the phone and in the table: kept, named by an op, shown at
// once, sent, and let go when the server shows them.

import { make, mark, write } from "./dom.js";
import { me } from "./me.js";
import { newId, refusals, send, waiting } from "./op.js";
import { page } from "./page.js";
import { made, UnfitError } from "./photos_make.js";
import { sendPhotos } from "./photos_send.js";
import { drop, hold as holdHere, photosOf, plain } from "./photos_store.js";
import { listIn, rowOf } from "./rows.js";
import { hear, tell } from "./signal.js";
import { toast } from "./toast.js";
import { who } from "./who.js";
import { t } from "./words.js";

const DAY_MS = 86_400_000;
const REVOKE_MS = 5000;
// By event and hash: {photo, url, share}.
const own = new Map();
const keyOf = ({ event, hash }) => `${event} ${hash}`;

/** Take in what was picked for a row: kept together with the op that names it, then sent. */
export async function add(cue, files, about) {
  for (const file of files) {
    try {
      await addOne(cue, await made(file), about);
    } catch (error) {
      if (!(error instanceof UnfitError)) throw error;
      toast(t(error.message, { name: file.name }));
    }
  }
}

/** `about`: the op's title; the column in whose cell it stands, if in any; `told` who says what came of the op. */
export async function addOne(cue, { hash, blob, media, size, name }, { title, column, told }) {
  const photo = { who: who(), event: page.event, hash, blob, media, size, name, at: Date.now() };
  const kept = await plain(photo);
  hold(photo);
  const args = { id: newId(), cue, name, blob: hash, media, size, ...(column && { column }) };
  const sent = send("cue.attach", args, { row: `cue-${cue}`, title: `${title} · ${name}`, quiet: Boolean(told), photo: kept });
  if (told) sent.then(told);
}

function hold(photo) {
  const url = own.get(keyOf(photo))?.url ?? newUrl(photo);
  own.set(keyOf(photo), { photo, url, share: photo.sent ? 1 : 0 });
}

const newUrl = ({ media, blob }) => (media.startsWith("image/") ? URL.createObjectURL(blob) : "");

/** The server shows it by now, or nobody wants it any more. */
export function letGo({ event = page.event, hash }) {
  const { photo, url } = own.get(keyOf({ event, hash })) ?? {};
  if (!photo) return;
  own.delete(keyOf(photo));
  // A picture that is just being drawn from it would be an error on the page.
  if (url) setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
  drop(photo);
}

/** Rows of what the server has not answered yet stand there already, and what is ours shows its picture. */
export function paint() {
  const ops = [...waiting(), ...refusals()].map(({ op }) => op).filter(({ op }) => op === "cue.attach");
  const isNew = ops.map(({ args }) => ghost(args)).some(Boolean);
  const named = new Set(ops.map(({ args }) => `attachment-${args.id}`));
  for (const row of document.querySelectorAll('[data-list="attachment"] > [data-ghost]')) {
    if (row.hasAttribute("data-v")) mark(row, "data-ghost", false);
    else if (!named.has(row.id)) row.remove();
  }
  for (const row of document.querySelectorAll(".file[data-blob]")) dress(row);
  // The same photo of somebody else's says nothing of mine.
  for (const row of document.querySelectorAll('.file[data-state="ready"]')) if (row.dataset.member === me()?.id) letGo({ hash: row.dataset.blob });
  const waits = new Set(ops.map(({ args }) => args.blob));
  // What its op doesn't stand for among what is not sent.
  const left = [...own.values()].filter(({ photo }) => !photo.sent && !waits.has(photo.hash)).length;
  tell("files", { isNew, left });
}

/** Whether it was not there yet. */
function ghost({ id, cue, name, blob }) {
  if (rowOf(`attachment-${id}`)) return false;
  const place = listIn(rowOf(`cue-${cue}`), "attachment");
  if (!place) return false;
  const facts = { class: "file", id: `attachment-${id}`, "data-blob": blob, "data-id": id, "data-of": cue, "data-state": "awaited", "data-ghost": true };
  place.append(make("li", facts, make("span", { class: "file-name" }, name)));
  return true;
}

function dress(row) {
  const mine = ownOf(row.dataset.blob);
  const isComing = row.dataset.state === "awaited";
  let extra = row.querySelector(":scope > .file-own");
  if (!mine || row.dataset.state === "ready") {
    extra?.remove();
    return;
  }
  if (!extra) {
    extra = make("span", { class: "file-own", "data-kept": true }, mine.url ? make("img", { src: mine.url, alt: mine.photo.name }) : null, make("b", { class: "num" }));
    row.append(extra);
  }
  write(extra.querySelector("b"), isComing ? progress(mine) : "");
}

export const progress = ({ photo, share }) => (photo.wrong === true ? t("refused") : photo.wrong) || t("photo_sent", { n: Math.round(share * kb(photo)), all: kb(photo) });

const kb = ({ size }) => Math.ceil(size / 1024);

function settled({ photo, outcome, share, why }) {
  const mine = own.get(keyOf(photo));
  if (!mine) return;
  if (outcome === "on") mine.share = share;
  else if (outcome === "wrong") mine.photo = { ...photo, wrong: why };
  else if (outcome === "sent") hold({ ...photo, sent: true });
  else lose(photo);
  paint();
}

/** The server knows nothing that it belongs to: whoever sent it hears of it, and it is gone. */
function lose(photo) {
  toast(t("photo_gone", { name: photo.name }));
  letGo(photo);
}

/** The bytes stay in this page alone, also when the op that names them has gone out. */
function holdUnkept(photo) {
  holdHere(photo);
  tell("unkept");
}

/** Of what was sent a copy stays until the server shows its own. What was taken off meanwhile it will never show. */
function tidy({ gone }) {
  if (!gone.some((id) => id.startsWith("attachment-"))) return;
  const named = new Set([...document.querySelectorAll(".file[data-blob]")].map((row) => row.dataset.blob));
  for (const { photo } of own.values()) if (photo.sent && photo.event === page.event && !named.has(photo.hash)) letGo(photo);
}

const isLeft = () => [...own.values()].some(({ photo }) => !photo.sent && !photo.wrong);

const isOver = ({ sent, at }) => sent && at < Date.now() - DAY_MS;

/** One of this browser's own in this event, by its hash. */
export const ownOf = (hash) => own.get(keyOf({ event: page.event, hash }));

export const allOwn = () => [...own.values()];

/** Begin with what an earlier page left behind. */
export async function start() {
  for (const photo of await photosOf(who())) {
    if (isOver(photo)) drop(photo);
    else hold(photo);
  }
  hear("rows", tidy);
  hear("rows", paint);
  hear("outbox", paint);
  hear("photo", settled);
  hear("unkept", ({ op }) => op && ownOf(op.args.blob) && holdUnkept(ownOf(op.args.blob).photo));
  // Put away with something left: where the browser can, the worker goes on.
  document.addEventListener("visibilitychange", () => document.hidden && isLeft() && tell("put-away"));
  hear("answered", () => sendPhotos(who()));
  hear("link", ({ is }) => is === "on" && sendPhotos(who()));
  paint();
  sendPhotos(who());
}
