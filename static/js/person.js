// One person: what they are called and may do, their link and QR, their browsers.

import { copyText } from "./copying.js";
import { out, write } from "./dom.js";
import { start as startHold } from "./hold.js";
import { changes, showTrouble, startMany, valuesOf } from "./member-form.js";
import { send } from "./op.js";
import { follow } from "./people-page.js";
import { drawQr, makeSecret } from "./qr.js";

const about = document.querySelector("[data-member]");
const form = document.getElementById("member-form");
const { member: id } = about.dataset;
const quiet = { row: `member-${id}`, quiet: true };
let before = valuesOf(form);

/** What the chosen roles add up to, in words; tracks matter only to those who call. */
function showRights() {
  const may = new Set();
  for (const chip of form.querySelectorAll('[data-many="roles"] > [aria-pressed="true"]')) {
    for (const right of chip.dataset.may.split(" ")) may.add(right);
  }
  for (const line of out("rights").children) line.hidden = !may.has(line.dataset.right);
  out("tracks").hidden = !may.has("call_show");
}

async function save() {
  const now = valuesOf(form);
  const set = changes(before, now);
  out("saved").hidden = true;
  showTrouble(form, null);
  const { status, error, seq } = Object.keys(set).length
    ? await send("member.edit", { id, set }, { ...quiet, base: about.dataset.v })
    : { status: "applied", seq: about.dataset.v };
  if (status !== "applied") {
    showTrouble(form, error);
    return;
  }
  before = now;
  about.dataset.v = seq;
  out("saved").hidden = false;
}

const linkActs = {
  async make(button) {
    button.disabled = true;
    const { secret, hash } = await makeSecret();
    const { status, error } = await send("member.link", { id, hash }, quiet);
    button.disabled = false;
    write(out("link-trouble"), status === "applied" ? "" : error.message);
    if (status === "applied") await showLink(`${document.body.dataset.origin}/join#${secret}`);
  },
  async end() {
    const { status, error } = await send("member.unlink", { id }, quiet);
    if (status === "applied") location.reload();
    else write(out("link-trouble"), error.message);
  },
  async copy() {
    out("link-copied").hidden = !(await copyText(out("link-text").value));
  },
  async share() {
    try {
      await navigator.share({ url: out("link-text").value });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  },
};

async function showLink(link) {
  out("link-text").value = link;
  out("link-copied").hidden = true;
  out("link-made").hidden = false;
  out("link-state").hidden = true;
  document.querySelector('[data-link="share"]').hidden = !navigator.share;
  out("qr").hidden = !(await drawQr(link, out("qr")));
  out("link-made").scrollIntoView({ block: "nearest" });
}

/** End one browser, or all of them with the links. */
async function end(session) {
  const { status, error } = await send("member.sign_out", session ? { id, session } : { id }, quiet);
  if (status === "applied") location.reload();
  else write(out("link-trouble"), error.message);
}

async function leave(op) {
  const { status, error } = await send(op, { id }, quiet);
  if (status === "applied") location.assign(location.pathname.replace(/\/[^/]+$/, ""));
  else showTrouble(form, error);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
document.addEventListener("click", ({ target }) => {
  const act = target.closest("[data-link]");
  if (act) linkActs[act.dataset.link](act);
  const one = target.closest("[data-end]:not([data-hold])");
  if (one) end(one.dataset.end);
});
document.addEventListener("held", ({ target }) => {
  if (target.matches("[data-end]")) end("");
  if (target.matches("[data-remove]")) leave("member.remove");
  if (target.matches("[data-erase]")) leave("member.erase");
});
startMany(showRights);
startHold();
follow();
