// The server runs a newer version: the page takes it when one asks for it, and never under one's hands.

import { takeOver } from "../shell.js";
import { hear } from "../signal.js";
import { t } from "../words.js";
import { say } from "./say.js";

let isTold = false;

export const start = () =>
  hear("newer", () => {
    if (isTold) return;
    isTold = true;
    say(t("newer"), { alert: true, action: t("reload"), act: async () => (isTold = !(await takeOver())) });
  });
