// In a row that an editor has opened on the phone: what else needs at the same time what it needs.

import { clashes } from "./clashes.js";
import { out, write } from "./dom.js";
import { clashText, needs } from "./needs.js";
import { entry } from "./sheet.js";
import { hear } from "./signal.js";
import { openRow } from "./detail.js";
import { titleOf } from "./turn.js";

function show(id) {
  const mine = clashes(needs()).filter(({ one, other }) => one === id || other === id);
  const lines = mine.map((clash) => {
    const other = clash.one === id ? clash.other : clash.one;
    return clashText(clash, titleOf(other), entry(other)?.row.day);
  });
  out("detail-clash").hidden = !lines.length;
  write(out("detail-clashes"), lines.join(" · "));
}

export function start() {
  hear("detail", ({ id }) => show(id));
  if (openRow()) show(openRow());
}
