// The server runs a newer version: the page takes it when nobody is in the middle of something.

import { make } from "./dom.js";
import { all } from "./outbox.js";
import { screen } from "./screens.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

let isWaiting = false;

const isBusy = () => all().length > 0 || document.querySelector("dialog[open]") !== null || screen() === "call";

function offer() {
  if (isWaiting) return;
  isWaiting = true;
  const button = make("button", { type: "button" }, t("reload"));
  button.addEventListener("click", () => location.reload());
  document.getElementById("toasts").append(make("p", { class: "toast", "data-lasting": true }, make("span", {}, t("newer")), button));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && !isBusy()) location.reload();
  });
}

export const start = () => hear("newer", offer);
