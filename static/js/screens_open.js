// Monitors at the stage: make a link to a track's timer, see which there are, take one away.

import { copyText } from "./copying.js";
import { make, out, write } from "./dom.js";
import { may, mayCall } from "./me.js";
import { nameOf } from "./names.js";
import { newId, send } from "./op.js";
import { page } from "./page.js";
import { drawQr, makeSecret } from "./qr.js";
import { reason } from "./reasons.js";
import { rowsOf } from "./rows.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

const dialog = () => document.getElementById("screens");
const isMine = (track) => may("configure") || mayCall(track);

/** The screens of the tracks that I may open one for. */
function refresh() {
  const rows = rowsOf("contact").filter(({ dataset }) => "screen" in dataset && isMine(dataset.screen));
  out("screens-list").replaceChildren(...rows.map(line));
  const tracks = dialog().querySelector("[name=screen-track]");
  for (const option of tracks.options) option.hidden = option.disabled = !isMine(option.value);
  if (tracks.selectedOptions[0]?.disabled) tracks.value = [...tracks.options].find((option) => !option.disabled)?.value ?? "";
}

function line({ dataset: { id, screen } }) {
  const close = make("button", { class: "btn", type: "button", "data-size": "small", "data-screens": "close", value: id, "aria-label": `${t("screen_close")} ${nameOf("tracks", screen)} ${id.slice(0, 7)}` }, t("screen_close"));
  return make("li", { class: "row" }, make("p", { class: "row-main" }, make("b", {}, nameOf("tracks", screen)), make("small", { class: "num" }, id.slice(0, 7))), close);
}

const acts = {
  open() {
    out("screen-made").hidden = true;
    refresh();
    dialog().showModal();
  },
  async make(button) {
    const track = dialog().querySelector("[name=screen-track]").value;
    button.disabled = true;
    const { secret, hash } = await makeSecret();
    const id = `s${newId().replaceAll("-", "").slice(0, 12)}`;
    const result = await send("screen.open", { id, track, hash, locale: page.locale }, { row: `contact-${id}`, title: t("screen_open"), quiet: true });
    button.disabled = false;
    write(out("screen-trouble"), result.status === "applied" ? "" : reason(result.error));
    if (result.status === "applied") await showLink(`${location.origin}/timer#${secret}`);
  },
  async copy() {
    await copyText(out("screen-link").value);
  },
  close({ value: id }) {
    send("screen.close", { id }, { row: `contact-${id}`, title: t("screen_closed") });
  },
};

async function showLink(link) {
  out("screen-link").value = link;
  out("screen-made").hidden = false;
  out("screen-qr").hidden = !(await drawQr(link, out("screen-qr")));
}

export function start() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-screens]");
    if (button) acts[button.dataset.screens](button);
  });
  hear("rows", ({ changed, gone }) => dialog().open && [...changed, ...gone].some((id) => id.startsWith("contact-")) && refresh());
}
