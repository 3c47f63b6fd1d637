// Photos and files on the phone: picked in the open row, and counted among what is not sent yet.

import { openRow } from "./detail.js";
import { make, out } from "./dom.js";
import { may } from "./me.js";
import { send } from "./op.js";
import { add, addOne, allOwn, letGo, ownOf, paint, progress, start as begin } from "./photos_own.js";
import { rowOf } from "./rows.js";
import { hear } from "./signal.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const opener = () => document.querySelector("[data-attach-pick]");

/** Among what has not been sent: what is still here. */
function showTray() {
  const place = out("photos");
  if (!place) return;
  const left = allOwn().filter(({ photo }) => !photo.sent);
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

function forget(photo) {
  letGo(photo);
  paint();
}

/** In the open row: what may be done with each of its photos. */
function equip({ id }) {
  opener().hidden = rowOf(`cue-${id}`)?.dataset.kind === "segment";
  if (!may("edit_sheet")) return;
  for (const copy of document.querySelectorAll("#detail .file")) {
    const acts = [button("remove", () => takeOff(id, copy.dataset.id))];
    const mine = ownOf(copy.dataset.blob);
    if (mine && copy.dataset.state === "refused") acts.unshift(button("send_again", () => anew(id, copy.dataset.id, mine.photo)));
    if (!copy.hasAttribute("data-ghost")) copy.append(make("span", { class: "btns" }, ...acts));
  }
}

function takeOff(cue, id) {
  const { blob, state } = rowOf(`attachment-${id}`)?.dataset ?? {};
  send("cue.detach", { id }, { row: `cue-${cue}`, title: `${titleOf(cue)} · ${t("removed")}` });
  if (state === "refused") letGo({ hash: blob });
}

/** What was refused, once more: as a new one, in place of it. */
async function anew(cue, id, photo) {
  send("cue.detach", { id }, { row: `cue-${cue}`, quiet: true });
  await addOne(cue, photo, { title: titleOf(cue) });
}

export async function start() {
  const input = document.querySelector("[data-attach]");
  opener().hidden = false;
  opener().addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (openRow()) add(openRow(), files, { title: titleOf(openRow()) });
  });
  hear("files", showTray);
  hear("detail", equip);
  await begin();
}
