// Comments in the row that is open on the phone.

import { openRow } from "./detail.js";
import { begin, show } from "./said.js";
import { hear } from "./signal.js";
import { titleOf } from "./turn.js";

export function start() {
  begin({ of: openRow, named: titleOf });
  // It is told before the sheet is open.
  hear("detail", ({ id }) => show(id));
}
