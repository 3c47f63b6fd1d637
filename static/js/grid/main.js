// The desktop's table: begin everything, in the order in which one thing needs the other.

import * as acts from "../acts.js";
import * as alarms from "../alarms.js";
import { isSet } from "../clock.js";
import { write } from "../dom.js";
import * as inherit from "../inherit.js";
import { mayOpen } from "../leave.js";
import * as link from "../link.js";
import { connect } from "../live.js";
import * as me from "../me.js";
import * as paint from "../paint.js";
import { keepAttributes } from "../renew.js";
import * as op from "../op.js";
import * as rehearsalBand from "../rehearsal_band.js";
import { restore, settleLoose } from "../rows.js";
import * as shell from "../shell.js";
import * as sheet from "../sheet.js";
import { hear } from "../signal.js";
import * as tail from "../tail.js";
import * as tray from "../tray.js";
import { center, first } from "./cells.js";
import * as anchor from "./anchor.js";
import * as bar from "./bar.js";
import * as baseline from "./baseline.js";
import * as bookings from "./bookings.js";
import * as bookingsSide from "./bookings_side.js";
import * as clipboard from "./clipboard.js";
import * as columns from "./columns.js";
import * as comments from "./comments.js";
import * as days from "./days.js";
import * as drafts from "./drafts.js";
import * as drag from "./drag.js";
import * as editor from "./editor.js";
import * as filter from "./filter.js";
import * as fold from "./fold.js";
import { press } from "./keys.js";
import * as gradual from "./gradual.js";
import * as help from "./help.js";
import * as lanes from "./lanes.js";
import * as layout from "./layout.js";
import * as make from "./make.js";
import * as menus from "./menus.js";
import * as newer from "./newer.js";
import * as offers from "./offers.js";
import * as peers from "./peers.js";
import * as photos from "./photos.js";
import * as plans from "./plans.js";
import * as picked from "./picked.js";
import * as pointer from "./pointer.js";
import * as regions from "./regions.js";
import * as rehearsed from "./rehearsed.js";
import { editsAll } from "./rights.js";
import * as saved from "./saved.js";
import * as search from "./search.js";
import * as side from "./side.js";
import * as sticky from "./sticky.js";
import * as structure from "./structure.js";
import * as timeline from "./timeline.js";
import * as timelineDrag from "./timeline_drag.js";
import * as timelineKeys from "./timeline_keys.js";
import * as timelineScale from "./timeline_scale.js";
import * as trash from "./trash.js";

// What this page's modules set on rows and cells.
keepAttributes("id", "hidden", "title", "aria-invalid");
keepAttributes("data-photos", "data-clashes");
keepAttributes(...["draft", "clash", "head", "first", "at", "held", "near", "picked", "typing", "late"].map((name) => `data-${name}`));

await mayOpen();
settleLoose();
const held = await tail.load();
restore(held.rows);
for (const part of [link, drafts, tray, paint, acts, alarms, inherit, rehearsalBand]) part.start();
hear("me", ({ name }) => write(document.querySelector(".desk-top .me"), name));
me.start();
sheet.start();
make.start();
for (const part of [fold, filter, days, lanes, columns, sticky]) part.start();
offers.start({ taken: () => editor.finish() });
editor.start({ press });
for (const part of [picked, bar, help, clipboard, pointer, structure, menus, search, side, saved, peers, regions, newer, bookings, bookingsSide, comments, anchor]) part.start();
for (const part of [layout, timelineScale, timeline, timelineKeys]) part.start();
if (editsAll) for (const part of [baseline, drag, plans, rehearsed, timelineDrag, trash]) part.start();
appear();
op.start();
photos.start();
connect(held.cursor);
shell.start();

/** Show the table when its times are right: at once where the server's time is known, else when it says hello. */
function appear() {
  const ready = () => {
    if ("ready" in document.body.dataset) return;
    first();
    gradual.holdBack();
    document.body.dataset.ready = "";
    center();
    gradual.start();
    gradual.bringIn();
    if (document.activeElement === document.body && innerWidth >= 960) editor.focus();
  };
  if (isSet()) ready();
  hear("link", ({ is }) => is === "on" && ready());
  setTimeout(ready, 1000);
}
