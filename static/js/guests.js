// Links for clients and guests. A secret is made here, in the browser: it leaves only as a hash, and is shown once.

import { copyText } from "./copying.js";
import { out, write } from "./dom.js";
import { newId, send } from "./op.js";
import { follow } from "./people-page.js";
import { drawQr, makeSecret } from "./qr.js";
import { reason } from "./reasons.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const form = document.getElementById("guest-form");

/** The list as it is now; nothing else changes, so that nobody loses what they type. */
async function refresh() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("guest-list").replaceChildren(...fresh.getElementById("guest-list").childNodes);
}

/** Send an op; its trouble stands where it was asked for. Whether it was applied. */
async function ask(op, args, trouble) {
  const { status, error } = await send(op, args, { quiet: true, row: `guest-${args.id}` });
  write(out(trouble), status === "applied" ? "" : reason(error));
  if (status === "applied") await refresh();
  return status === "applied";
}

/** What the form says. All tracks are none in particular: one that is added later shows too. */
function chosen() {
  const said = new FormData(form);
  const tracks = said.getAll("tracks");
  const isAll = tracks.length === form.querySelectorAll('[name="tracks"]').length;
  return {
    name: said.get("name").trim(), level: said.get("level"), locale: said.get("locale"), until: said.get("until") || null,
    shows: said.getAll("shows"), columns: said.getAll("columns"), team_columns: said.getAll("team_columns"), tracks: isAll ? [] : tracks,
  };
}

async function makeLink(event) {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  if (form.querySelector('[name="tracks"]') && !form.querySelector('[name="tracks"]:checked')) {
    form.querySelector('[name="tracks"]').focus();
    return;
  }
  button.disabled = true;
  const { secret, hash } = await makeSecret();
  const args = { id: `g${newId().replaceAll("-", "").slice(0, 12)}`, hash, ...chosen() };
  const isMade = await ask("guest.open", args, "make-trouble");
  button.disabled = false;
  out("guest-made").hidden = !isMade;
  if (isMade) await showLink(args.name, `${location.origin}/guest#${secret}`);
}

async function showLink(name, link) {
  form.reset();
  form.closest("details").open = false;
  document.getElementById("guest-link").value = link;
  write(out("guest-name"), name);
  out("guest-qr").hidden = !(await drawQr(link, out("guest-qr")));
  out("guest-made").scrollIntoView({ block: "nearest" });
}

async function copy() {
  out("copied").hidden = !(await copyText(document.getElementById("guest-link").value));
}

async function close({ dataset: { guestClose: id, name } }) {
  if (!(await ask("guest.close", { id }, "guest-trouble"))) return;
  toast(t("guest_closed", { name }), { action: t("undo"), act: () => ask("guest.reopen", { id }, "guest-trouble") });
}

form.addEventListener("submit", makeLink);
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-copy]")) copy();
  const closing = target.closest("[data-guest-close]");
  if (closing) close(closing);
});
follow();
