// The head of Mine: who I am, where I meet the others next, and whom I ask.

import { setChoice } from "./choose.js";
import { make, out, write } from "./dom.js";
import { clock } from "./format.js";
import { me } from "./me.js";
import { choose, whoseRows } from "./mine.js";
import { nameOf, names } from "./names.js";
import { page } from "./page.js";
import { person, radioOf } from "./reach.js";
import { screen } from "./screens.js";
import { timesOf } from "./sheet.js";
import { hear } from "./signal.js";
import { myRows, titleOf } from "./turn.js";
import { t } from "./words.js";

// What the choice shows: to look for it goes through every row of the page.
let shown = "";

function refresh() {
  if (!me() || screen() !== "mine") return;
  write(document.querySelector('[data-on="mine"] h2'), me().name);
  write(out("my-dept"), nameOf("departments", me().dept));
  out("my-whose").hidden = !me().dept;
  const [next] = myRows();
  write(out("my-next"), next ? t(next.row.state === "live" ? "my_live" : "my_next", { when: at(next.row), title: titleOf(next.row.id) }) : t("nothing_mine_left"));
  showFacts(next);
  if (shown !== whoseRows()) setChoice("whose", (shown = whoseRows()));
}

const at = (row) => clock(timesOf(row.id).projected_start, page.zone, row.day || null);

function showFacts(next) {
  const meeting = next?.el.querySelector('[data-fact="meeting"] > dd')?.textContent;
  const asked = names("people").filter(([id, , dept, leads]) => leads && dept === me().dept && id !== me().id);
  const radio = radioOf(me().id);
  const facts = [...(meeting ? [[nameOf("facts", "meeting"), meeting]] : []), ...(radio ? [[t("radio"), radio]] : []), ...asked.map(([id]) => [t("lead"), person(id)])];
  const key = facts.map(([word, value]) => word + (value.textContent ?? value)).join();
  const list = out("my-facts");
  list.hidden = !facts.length;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...facts.map(([word, value]) => make("div", {}, make("dt", {}, word), make("dd", {}, value))));
}

export function start() {
  for (const name of ["board", "screen", "mine"]) hear(name, refresh);
  hear("rows", ({ changed }) => changed.some((id) => id.startsWith("contact-")) && refresh());
  hear("chosen", ({ name, value }) => {
    if (name === "whose") choose(value);
  });
}
