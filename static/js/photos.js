// Photos and files on rows: picked here, shown at once from this phone, sent when the line allows, seen by all when
// they are ready.

import { make, mark, out, write } from "./dom.js";
import { openRow } from "./detail.js";
import { may, me } from "./me.js";
import { newId, refusals, send, waiting } from "./op.js";
import { page } from "./page.js";
import { made, UnfitError } from "./photos_make.js";
import { sendPhotos } from "./photos_send.js";
import { drop, keep, photosOf } from "./photos_store.js";
import { rowOf } from "./rows.js";
import { hear, tell } from "./signal.js";
import { toast } from "./toast.js";
import { titleOf } from "./turn.js";
import { who } from "./who.js";
import { t } from "./words.js";

// Of this phone's own, by hash: {photo, url, share}.
const own = new Map();

/** Take in what was picked for a row: kept first, then named by an op, then sent. */
async function add(cue, files) {
  for (const file of files) {
    try {
      await addOne(cue, await made(file));
    } catch (error) {
      if (!(error instanceof UnfitError)) throw error;
      toast(t(error.message, { name: file.name }));
    }
  }
}

async function addOne(cue, { hash, blob, media, size, name }) {
  const photo = { who: who(), event: page.event, hash, blob, media, size, name, at: Date.now() };
  if (!(await keep(photo))) tell("unkept");
  hold(photo);
  const args = { id: newId(), cue, name, blob: hash, media, size };
  send("cue.attach", args, { row: `cue-${cue}`, title: `${titleOf(cue)} · ${name}` });
}

function hold(photo) {
  const known = own.get(photo.hash);
  const url = known?.url ?? newUrl(photo);
  own.set(photo.hash, { photo, url, share: photo.sent ? 1 : 0 });
}

const newUrl = ({ media, blob }) => (media.startsWith("image/") ? URL.createObjectURL(blob) : "");
/** The server shows it by now, or nobody wants it any more. */
function letGo(hash) {
  const { photo, url } = own.get(hash) ?? {};
  if (!photo) return;
  own.delete(hash);
  if (url) URL.revokeObjectURL(url);
  drop(photo);
}

/** Rows of what the server has not answered yet stand there already, and what is ours shows its picture. */
function paint() {
  const ops = [...waiting(), ...refusals()].map(({ op }) => op).filter(({ op }) => op === "cue.attach");
  const isNew = ops.map(({ args }) => ghost(args)).some(Boolean);
  const named = new Set(ops.map(({ args }) => `attachment-${args.id}`));
  for (const row of document.querySelectorAll('[data-list="attachment"] > [data-ghost]')) {
    if (row.hasAttribute("data-v")) mark(row, "data-ghost", false);
    else if (!named.has(row.id)) row.remove();
  }
  for (const row of document.querySelectorAll(".file[data-blob]")) dress(row);
  // The same photo of somebody else's says nothing of mine.
  for (const row of document.querySelectorAll('.file[data-state="ready"]')) if (row.dataset.member === me()?.id) letGo(row.dataset.blob);
  showTray();
  if (isNew) tell("files");
}

/** Whether it was not there yet. */
function ghost({ id, cue, name, blob }) {
  const place = rowOf(`cue-${cue}`)?.querySelector('[data-list="attachment"]');
  if (!place || rowOf(`attachment-${id}`)) return false;
  const facts = { class: "file", id: `attachment-${id}`, "data-blob": blob, "data-id": id, "data-of": cue, "data-state": "awaited", "data-ghost": true };
  place.append(make("li", facts, make("span", { class: "file-name" }, name)));
  return true;
}

function dress(row) {
  const mine = own.get(row.dataset.blob);
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

const progress = ({ photo, share }) => photo.wrong || t("photo_sent", { n: Math.round(share * kb(photo)), all: kb(photo) });

const kb = ({ size }) => Math.ceil(size / 1024);

/** Among what has not been sent: what is still here. */
function showTray() {
  const place = out("photos");
  if (!place) return;
  const left = [...own.values()].filter(({ photo }) => !photo.sent);
  document.getElementById("photos").hidden = left.length === 0;
  place.replaceChildren(...left.map(line));
}

function line(mine) {
  const { photo, url } = mine;
  const drops = photo.wrong ? [make("div", { class: "btns" }, button("discard", () => forget(photo)))] : [];
  return make("li", { class: "op file", "data-state": photo.wrong ? "refused" : "pending" }, url ? make("img", { src: url, alt: "" }) : "", make("p", {}, make("b", {}, photo.name)), make("span", { class: "num" }, progress(mine)), ...drops);
}

function button(word, act) {
  const pressed = make("button", { class: "btn", type: "button", "data-size": "small" }, t(word));
  pressed.addEventListener("click", act);
  return pressed;
}

function forget({ hash }) {
  letGo(hash);
  paint();
}

/** In the open row: what may be done with each of its photos. */
function equip({ id }) {
  if (!may("edit_sheet")) return;
  for (const copy of document.querySelectorAll("#detail .file")) {
    const acts = [button("remove", () => takeOff(id, copy.dataset.id))];
    const mine = own.get(copy.dataset.blob);
    if (mine && copy.dataset.state === "refused") acts.unshift(button("send_again", () => anew(id, copy.dataset.id, mine.photo)));
    if (!copy.hasAttribute("data-ghost")) copy.append(make("span", { class: "btns" }, ...acts));
  }
}

function takeOff(cue, id) {
  const hash = rowOf(`attachment-${id}`)?.dataset.blob;
  const isMine = own.has(hash) && rowOf(`attachment-${id}`).dataset.state === "refused";
  send("cue.detach", { id }, { row: `cue-${cue}`, title: `${titleOf(cue)} · ${t("removed")}` });
  if (isMine) forget(own.get(hash).photo);
}

/** What was refused, once more: as a new one, in place of it. */
async function anew(cue, id, photo) {
  send("cue.detach", { id }, { row: `cue-${cue}`, quiet: true });
  await addOne(cue, photo);
}

/** Of what has been sent the phone keeps its copy until the server shows its own, or has refused it. */
function settled({ photo, outcome, share, why }) {
  const mine = own.get(photo.hash);
  if (!mine) return;
  if (outcome === "on") mine.share = share;
  else if (outcome === "wrong") mine.photo = { ...photo, wrong: why };
  else if (outcome === "sent") hold({ ...photo, sent: true });
  else letGo(photo.hash);
  paint();
}

export async function start() {
  for (const photo of await photosOf(who())) hold(photo);
  const input = document.querySelector("[data-attach]");
  const opener = document.querySelector("[data-attach-pick]");
  opener.hidden = false;
  opener.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (openRow() && me()) add(openRow(), files);
  });
  hear("rows", paint);
  hear("outbox", paint);
  hear("photo", settled);
  hear("detail", equip);
  hear("answered", () => sendPhotos(who()));
  hear("link", ({ is }) => is === "on" && sendPhotos(who()));
  paint();
  sendPhotos(who());
}
