// The plan of the line one stands in, frozen anew on purpose: says which line, and who froze it when; held, not clicked.

import { out, write } from "../dom.js";
import { clock, operatingDay } from "../format.js";
import * as hold from "../hold.js";
import { nameOf } from "../names.js";
import { send } from "../op.js";
import { page } from "../page.js";
import { reason } from "../reasons.js";
import { entry } from "../sheet.js";
import { tell } from "../signal.js";
import { t } from "../words.js";
import { say } from "./say.js";
import { remember, undo } from "./undo.js";

let line = null;

const nameOfLine = ({ track, day }) => `${nameOf("tracks", track)} · ${nameOf("days", day)}`;

/** Say of the line in which a row stands what is frozen of it. */
export function describeLine(id) {
  const { track, day } = entry(id).row;
  line = { track, day };
  write(out("baseline-line"), nameOfLine(line));
  const frozen = document.querySelector(`[data-list="baseline"] > [data-track="${CSS.escape(track)}"][data-day="${day}"]`);
  write(out("baseline-now"), frozen ? t("frozen_by", { who: nameOf("people", frozen.dataset.by), when: moment(Number(frozen.dataset.order)) }) : t("not_frozen"));
}

/** The time of day, and the day where it was another one. */
function moment(ms) {
  const day = operatingDay(ms, page.zone, page.dayChange);
  return day === line.day ? clock(ms, page.zone, day) : `${nameOf("days", day)} ${clock(ms, page.zone, day)}`;
}

async function take({ target }) {
  if (!target.matches("[data-take]")) return;
  target.closest("[popover]").hidePopover();
  tell("back");
  const said = { ...line };
  const title = `${t("of_plan")} ${nameOfLine(said)}`;
  const result = await send("baseline.take", said, { row: `baseline-${said.track}.${said.day}.1`, title, shows: () => true });
  if (result.status === "applied") {
    remember(result, { title });
    say(t("froze_anew", { line: nameOfLine(said) }), { action: t("undo"), act: undo });
  } else {
    say(`${title}: ${reason(result.error)}`, { alert: true });
  }
}

export function start() {
  hold.start();
  document.addEventListener("held", take);
}
