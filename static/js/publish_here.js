// Publishing from the phone of whoever edits: how much waits stands on More, and opens from there.

import { openDetail } from "./detail.js";
import { send } from "./op.js";
import { begin, refresh } from "./publish.js";
import { toast } from "./toast.js";
import { titleOf } from "./turn.js";
import { t } from "./words.js";

const dialog = () => document.getElementById("publish");

function open({ target }) {
  if (!target.closest?.("[data-publish]")) return;
  dialog().showModal();
  refresh();
}

function published(text) {
  dialog().close();
  toast(text);
}

function goTo(id) {
  dialog().close();
  openDetail(id);
}

const discard = (op, id) => send(op, { id }, { title: `${titleOf(id)} · ${t("revert")}` }).then(refresh);

export function start() {
  if (!dialog()) return;
  document.addEventListener("click", open);
  begin({ isOpen: () => dialog().open, counted: () => {}, published, titleOf, goTo, discard });
}
