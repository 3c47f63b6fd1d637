// Links by which a calendar follows the sheet: make one, show it this once, end one.

import { copyText } from "./copying.js";
import { out, write } from "./dom.js";
import { newId, send, start } from "./op.js";
import { makeSecret } from "./qr.js";
import { reason } from "./reasons.js";
import { t } from "./words.js";

const form = document.getElementById("calendar-form");
const list = document.querySelector('[data-list="calendar"]');

async function makeLink() {
  const button = form.querySelector("button");
  const chosen = form.elements.scope;
  const [scope, track] = chosen.value.split(":");
  button.disabled = true;
  const { secret, hash } = await makeSecret();
  const id = `k${newId().replaceAll("-", "").slice(0, 12)}`;
  const result = await send("calendar.make", { id, hash, scope, ...(track && { track }) }, { row: `calendar-${id}`, title: t("calendar_make"), quiet: true });
  button.disabled = false;
  write(out("calendar-trouble"), result.status === "applied" ? "" : reason(result.error));
  if (result.status === "applied") showLink(id, secret, chosen.selectedOptions[0].textContent);
}

function showLink(id, secret, title) {
  const link = `${location.origin}/ical/${secret}.ics`;
  out("calendar-link").value = link;
  out("calendar-open").href = link.replace(/^https?:/, "webcal:");
  out("calendar-made").hidden = false;
  const row = document.getElementById("calendar-row").content.cloneNode(true).querySelector("li");
  row.dataset.id = id;
  row.querySelector("b").textContent = title;
  row.querySelector("button").value = id;
  list.prepend(row);
}

async function endLink(button) {
  button.disabled = true;
  const result = await send("calendar.end", { id: button.value }, { row: `calendar-${button.value}`, title: t("calendar_end"), quiet: true });
  button.disabled = false;
  write(out("calendar-trouble"), result.status === "applied" ? "" : reason(result.error));
  if (result.status === "applied") button.closest("li").remove();
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  makeLink();
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-calendar]");
  if (button?.dataset.calendar === "copy") copyText(out("calendar-link").value);
  if (button?.dataset.calendar === "end") endLink(button);
});
start();
