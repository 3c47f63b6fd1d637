// Which rows are mine: those with my name; or my department's, if I chose so or no row names me.

import { mark } from "./dom.js";
import { me } from "./me.js";
import { page } from "./page.js";
import { entries, entry } from "./sheet.js";
import { hear, tell } from "./signal.js";
import { keep, kept } from "./store.js";

const words = (text) => (text ?? "").split(" ");
let whose = "me";

export const whoseRows = () => whose;

export function isMine(row) {
  if (!me()) return false;
  return whose === "me" ? words(row.dataset.people).includes(me().id) : words(row.dataset.depts).includes(me().dept);
}

export function choose(wanted) {
  keep(`whose:${page.event}`, wanted);
  whose = wanted;
  markAll();
}

function look(found) {
  found.mine = isMine(found.el);
  mark(found.el, "data-mine", found.mine);
}

function markAll() {
  entries().forEach(look);
  tell("mine");
}

function decide() {
  whose = kept(`whose:${page.event}`) ?? "me";
  if (whose === "me" && me().dept && !entries().some(({ el }) => isMine(el))) whose = "dept";
  markAll();
}

export function start() {
  hear("me", decide);
  hear("board", ({ changed }) => {
    for (const id of changed ?? []) {
      if (entry(id)) look(entry(id));
    }
  });
  if (me()) decide();
}
