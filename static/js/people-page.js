// What the pages about people share: the line to the server, whether it stands, and the clock.

import { now, onTick } from "./clock.js";
import { show } from "./dom.js";
import { clock } from "./format.js";
import { start as startLink } from "./link.js";
import { connect } from "./live.js";
import { start as startOps } from "./op.js";
import { page } from "./page.js";

export function follow() {
  startLink();
  onTick(() => show("clock", clock(now(), page.zone, null, true)));
  startOps();
  connect();
}
