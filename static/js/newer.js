// The server runs a newer version: the page takes it when nobody is in the middle of something.

import { make, write } from "./dom.js";
import { takeOver } from "./shell.js";
import { hear } from "./signal.js";
import { t } from "./words.js";

let line = null;

function offer() {
  if (line) return;
  const button = make("button", { type: "button" }, t("reload"));
  const words = make("span", {}, t("newer"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    write(words, t("newer_now"));
    const why = await takeOver();
    if (why) write(words, t(why));
    button.disabled = false;
  });
  line = make("p", { class: "toast", "data-lasting": true }, words, button);
  document.getElementById("toasts").append(line);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) takeOver(() => document.hidden);
  });
}

export const start = () => hear("newer", offer);
